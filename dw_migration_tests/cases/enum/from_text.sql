-- A column of text becomes an enum.

-- before
CREATE TABLE t (id int PRIMARY KEY, mood text DEFAULT 'ok' CHECK (mood IN ('sad', 'ok')));
CREATE INDEX t_mood ON t (mood);

-- rows
INSERT INTO t VALUES (1, 'sad');

-- after
CREATE TYPE mood AS ENUM ('sad', 'ok');
ALTER TABLE t ALTER mood DROP DEFAULT, DROP CONSTRAINT t_mood_check;
ALTER TABLE t ALTER mood TYPE mood USING mood::mood;
ALTER TABLE t ALTER mood SET DEFAULT 'ok';

-- plan
DROP INDEX dw__app__public.t_mood;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_mood_check;
ALTER TABLE dw__app__public.t ALTER COLUMN mood DROP DEFAULT;
CREATE TYPE dw__app__public.mood AS ENUM ('sad', 'ok');
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN mood TYPE dw__app__public.mood USING mood::dw__app__public.mood;
ALTER TABLE dw__app__public.t ALTER COLUMN mood SET DEFAULT 'ok'::dw__app__public.mood;
CREATE INDEX t_mood ON dw__app__public.t USING btree (mood);
