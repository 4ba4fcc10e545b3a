-- A label before the others.

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood);

-- rows
INSERT INTO t VALUES (1, 'happy');

-- after
ALTER TYPE mood ADD VALUE 'angry' BEFORE 'sad';
