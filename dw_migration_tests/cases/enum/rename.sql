-- A renamed enum keeps its columns and defaults.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok' CHECK (mood IN ('sad', 'ok')), many mood[]);

-- rows
INSERT INTO t VALUES (1, 'sad', '{ok}');

-- after
ALTER TYPE mood RENAME TO "Feeling";

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.mood RENAME TO feeling;
