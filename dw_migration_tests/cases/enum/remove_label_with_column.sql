-- A label goes, and with it one of two columns.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, one mood, two mood);

-- rows
INSERT INTO t VALUES (1, 'ok', 'sad');

-- after
ALTER TABLE t DROP two;
DELETE FROM pg_enum WHERE enumlabel = 'sad';
