-- Another order of the labels: the tables are rewritten, the values stay.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok', moods mood[] DEFAULT '{sad}', CHECK (mood <> 'sad'));
CREATE INDEX t_mood ON t (mood) WHERE mood = 'happy';

-- rows
INSERT INTO t VALUES (1, 'happy', '{ok,happy}'), (2, NULL, NULL);

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';

-- plan
DROP INDEX dw__app__public.t_mood;
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_mood_check;
ALTER TABLE dw__app__public.t ALTER COLUMN mood DROP DEFAULT;
ALTER TABLE dw__app__public.t ALTER COLUMN moods DROP DEFAULT;
-- finding: removes_label transformable
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok', 'happy', 'sad');
ALTER TABLE dw__app__public.t ALTER COLUMN mood TYPE dw__app__public.mood USING mood::text::dw__app__public.mood;
ALTER TABLE dw__app__public.t ALTER COLUMN moods TYPE dw__app__public.mood[] USING moods::text[]::dw__app__public.mood[];
DROP TYPE dw__app__public.mood__before;
ALTER TABLE dw__app__public.t ALTER COLUMN mood SET DEFAULT 'ok'::dw__app__public.mood;
ALTER TABLE dw__app__public.t ALTER COLUMN moods SET DEFAULT '{sad}'::dw__app__public.mood[];
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_mood_check CHECK ((mood <> 'sad'::dw__app__public.mood));
CREATE INDEX t_mood ON dw__app__public.t USING btree (mood) WHERE (mood = 'happy'::dw__app__public.mood);
