-- A renamed enum with a new label.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok');

-- rows
INSERT INTO t VALUES (1, 'sad');

-- after
ALTER TYPE mood RENAME TO feeling;
ALTER TYPE feeling ADD VALUE 'great';
ALTER TABLE t ALTER mood SET DEFAULT 'great';
