

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'never');
CREATE TABLE a (m mood);
CREATE TABLE b (n int) INHERITS (a);

-- rows
INSERT INTO b VALUES ('ok', 1);

-- after
ALTER TYPE mood RENAME TO mood_before;
CREATE TYPE mood AS ENUM ('sad', 'ok');
ALTER TABLE a ALTER m TYPE mood USING m::text::mood;
DROP TYPE mood_before;

-- plan
-- finding: removes_label breaking
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('sad', 'ok');
ALTER TABLE dw__app__public.a ALTER COLUMN m TYPE dw__app__public.mood USING m::text::dw__app__public.mood;
DROP TYPE dw__app__public.mood__before;
