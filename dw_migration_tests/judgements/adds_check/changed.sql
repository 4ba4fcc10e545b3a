-- counts: 1 rows do not fulfil it
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0));

-- after
ALTER TABLE t DROP CONSTRAINT c; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1);

-- rows that break it
INSERT INTO t VALUES (1), (2);

-- rows that do not
INSERT INTO t VALUES (2);
