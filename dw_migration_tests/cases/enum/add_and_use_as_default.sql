-- A label is committed before a default uses it.

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'sad');

-- rows
INSERT INTO t VALUES (1, 'happy');

-- after
ALTER TYPE mood ADD VALUE 'ok' AFTER 'sad';
ALTER TABLE t ALTER mood SET DEFAULT 'ok';
ALTER TABLE t ADD was mood NOT NULL DEFAULT 'ok';
CREATE INDEX t_ok ON t (id) WHERE mood = 'ok';
