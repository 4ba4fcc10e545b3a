-- A label can only go with the whole type: columns, arrays, defaults, indexes and checks stand on it.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok', moods mood[] DEFAULT '{sad}',
    CHECK (mood <> 'sad'), CHECK (moods <> '{happy}'::mood[]));
CREATE INDEX t_mood ON t (mood) WHERE mood = 'happy';
CREATE UNIQUE INDEX t_moods ON t (moods);

-- rows
INSERT INTO t VALUES (1, 'happy', '{ok,happy}'), (2, NULL, NULL);

-- after
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('ok', 'happy');
ALTER TABLE t ALTER mood DROP DEFAULT, ALTER moods DROP DEFAULT, DROP CONSTRAINT t_mood_check, DROP CONSTRAINT t_moods_check;
DROP INDEX t_mood;
ALTER TABLE t ALTER mood TYPE mood USING mood::text::mood, ALTER moods TYPE mood[] USING moods::text[]::mood[];
DROP TYPE mood_old;
ALTER TABLE t ALTER mood SET DEFAULT 'ok';
ALTER TABLE t ADD CHECK (mood <> 'ok' OR id > 0);
CREATE INDEX t_mood ON t (mood) WHERE mood = 'happy';

-- plan
DROP INDEX dw__app__public.t_mood;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_mood_check;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_moods_check;
ALTER TABLE dw__app__public.t ALTER COLUMN mood DROP DEFAULT;
ALTER TABLE dw__app__public.t ALTER COLUMN moods DROP DEFAULT;
-- finding: removes_label breaking
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok', 'happy');
ALTER TABLE dw__app__public.t ALTER COLUMN mood TYPE dw__app__public.mood USING mood::text::dw__app__public.mood;
ALTER TABLE dw__app__public.t ALTER COLUMN moods TYPE dw__app__public.mood[] USING moods::text[]::dw__app__public.mood[];
DROP TYPE dw__app__public.mood__before;
ALTER TABLE dw__app__public.t ALTER COLUMN mood SET DEFAULT 'ok'::dw__app__public.mood;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_check CHECK (((mood <> 'ok'::dw__app__public.mood) OR (id > 0)));
CREATE INDEX t_mood ON dw__app__public.t USING btree (mood) WHERE (mood = 'happy'::dw__app__public.mood);
