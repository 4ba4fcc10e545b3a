-- Arrays of an enum, with default, index and check, when its labels are ordered anew.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, moods mood[] NOT NULL DEFAULT '{ok}' CHECK (moods <> '{}'::mood[]));
CREATE INDEX t_moods ON t USING gin (moods);

-- rows
INSERT INTO t VALUES (1, '{ok,sad}'), (2, '{}'::mood[] || 'ok'::mood);

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';

-- plan
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_moods_check;
ALTER TABLE dw__app__public.t ALTER COLUMN moods DROP DEFAULT;
-- finding: removes_label transformable
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok', 'happy', 'sad');
ALTER TABLE dw__app__public.t ALTER COLUMN moods TYPE dw__app__public.mood[] USING moods::text[]::dw__app__public.mood[];
DROP TYPE dw__app__public.mood__before;
ALTER TABLE dw__app__public.t ALTER COLUMN moods SET DEFAULT '{ok}'::dw__app__public.mood[];
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_moods_check CHECK ((moods <> '{}'::dw__app__public.mood[]));
