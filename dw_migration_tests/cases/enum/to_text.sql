-- A column leaves its enum for text.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok');
CREATE INDEX t_mood ON t (mood);

-- rows
INSERT INTO t VALUES (1, 'sad');

-- after
ALTER TABLE t ALTER mood DROP DEFAULT;
ALTER TABLE t ALTER mood TYPE text USING mood::text;
ALTER TABLE t ALTER mood SET DEFAULT 'ok';
DROP TYPE mood;

-- plan
DROP INDEX dw__app__public.t_mood;
ALTER TABLE dw__app__public.t ALTER COLUMN mood DROP DEFAULT;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN mood TYPE text;
-- finding: drops_type transformable
DROP TYPE dw__app__public.mood;
ALTER TABLE dw__app__public.t ALTER COLUMN mood SET DEFAULT 'ok'::text;
CREATE INDEX t_mood ON dw__app__public.t USING btree (mood);
