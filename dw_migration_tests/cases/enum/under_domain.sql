-- A domain between the enum and the rows: it is carried over with them.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN good_mood AS mood CHECK (VALUE <> 'sad'::mood);
CREATE TABLE t (id int PRIMARY KEY, mood good_mood);

-- rows
INSERT INTO t VALUES (1, 'ok');

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';

-- plan
-- finding: removes_label transformable
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok', 'sad');
ALTER DOMAIN dw__app__public.good_mood RENAME TO good_mood__before;
CREATE DOMAIN dw__app__public.good_mood AS dw__app__public.mood
    CONSTRAINT good_mood_check CHECK ((VALUE <> 'sad'::dw__app__public.mood));
ALTER TABLE dw__app__public.t ALTER COLUMN mood TYPE dw__app__public.good_mood USING mood::text::dw__app__public.good_mood;
DROP DOMAIN dw__app__public.good_mood__before;
DROP TYPE dw__app__public.mood__before;
