-- counts: 1 rows do not fulfil it
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;

-- after
ALTER TABLE t VALIDATE CONSTRAINT c;

-- rows that break it
ALTER TABLE t DROP CONSTRAINT c; INSERT INTO t VALUES (0); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;

-- rows that do not
INSERT INTO t VALUES (2);
