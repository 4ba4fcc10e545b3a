-- Labels are somebody else's text.

-- before
CREATE TYPE mood AS ENUM ('a''b', 'c%s', '{x}', ':n', E'line\nbreak', '\back', '$$', '"q"');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'a''b');

-- rows
INSERT INTO t VALUES (1, '{x}');

-- after
ALTER TYPE mood ADD VALUE '''); DROP TABLE t; --' AFTER 'c%s';
ALTER TABLE t ALTER mood SET DEFAULT E'line\nbreak';
