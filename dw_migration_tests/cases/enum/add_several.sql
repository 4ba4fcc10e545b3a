-- Labels at the beginning, in the middle, two beside one another, and at the end.

-- before
CREATE TYPE mood AS ENUM ('b', 'd');
CREATE TABLE t (id int PRIMARY KEY, mood mood);

-- rows
INSERT INTO t VALUES (1, 'd');

-- after
ALTER TYPE mood ADD VALUE 'a' BEFORE 'b';
ALTER TYPE mood ADD VALUE 'a0' BEFORE 'a';
ALTER TYPE mood ADD VALUE 'c' AFTER 'b';
ALTER TYPE mood ADD VALUE 'c2' AFTER 'c';
ALTER TYPE mood ADD VALUE 'e';
