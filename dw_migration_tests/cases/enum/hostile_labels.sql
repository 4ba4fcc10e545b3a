-- Labels are somebody else's text.
-- keeps: enum dw__app__public.mood

-- before
CREATE TYPE mood AS ENUM ('a''b', 'c%s', '{x}', ':n', E'line\nbreak', '\back', '$$', '"q"');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'a''b');

-- rows
INSERT INTO t VALUES (1, '{x}');

-- after
ALTER TYPE mood ADD VALUE '''); DROP TABLE t; --' AFTER 'c%s';
ALTER TABLE t ALTER mood SET DEFAULT E'line\nbreak';

-- plan
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS '''); DROP TABLE t; --' AFTER 'c%s';
-- commit
ALTER TABLE dw__app__public.t ALTER COLUMN mood SET DEFAULT 'line
break'::dw__app__public.mood;
