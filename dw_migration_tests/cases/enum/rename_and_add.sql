-- A renamed enum with a new label.
-- keeps: enum dw__app__public.mood

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok');

-- rows
INSERT INTO t VALUES (1, 'sad');

-- after
ALTER TYPE mood RENAME TO feeling;
ALTER TYPE feeling ADD VALUE 'great';
ALTER TABLE t ALTER mood SET DEFAULT 'great';

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.mood RENAME TO feeling;
-- commit
ALTER TYPE dw__app__public.feeling ADD VALUE IF NOT EXISTS 'great' AFTER 'ok';
-- commit
ALTER TABLE dw__app__public.t ALTER COLUMN mood SET DEFAULT 'great'::dw__app__public.feeling;
