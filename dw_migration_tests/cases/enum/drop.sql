-- An enum goes with its last column.
-- loses: t.mood

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'sad');

-- rows
INSERT INTO t VALUES (1, 'happy');

-- after
ALTER TABLE t DROP mood;
DROP TYPE mood;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN mood;
-- finding: drops_type transformable
DROP TYPE dw__app__public.mood;
