-- counts: 1 rows do not fulfil it
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0) NO INHERIT); CREATE TABLE heir () INHERITS (t);

-- after
ALTER TABLE t DROP CONSTRAINT c; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);

-- rows that break it
INSERT INTO heir VALUES (0);

-- rows that do not
INSERT INTO heir VALUES (1);
