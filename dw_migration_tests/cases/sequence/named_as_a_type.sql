-- A sequence may be called as a type is, though PostgreSQL makes none where that stands.

-- before
CREATE TYPE "Mood" AS ENUM ('sad');
CREATE SEQUENCE counter;
CREATE TYPE counter AS ENUM ('one');

-- after
DROP SEQUENCE counter;
CREATE SEQUENCE "Next";
ALTER SEQUENCE "Next" RENAME TO "Mood";
CREATE SEQUENCE twice INCREMENT 3;
CREATE DOMAIN twice AS int DEFAULT nextval('twice');
COMMENT ON SEQUENCE "Mood" IS 'its own';

-- plan
DROP SEQUENCE dw__app__public.counter;
CREATE SEQUENCE dw__app__public.mood__made;
ALTER SEQUENCE dw__app__public.mood__made RENAME TO mood;
CREATE SEQUENCE dw__app__public.twice__made INCREMENT BY 3;
ALTER SEQUENCE dw__app__public.twice__made RENAME TO twice;
CREATE DOMAIN dw__app__public.twice AS integer DEFAULT nextval('dw__app__public.twice'::regclass);
COMMENT ON SEQUENCE dw__app__public.mood IS 'its own';
