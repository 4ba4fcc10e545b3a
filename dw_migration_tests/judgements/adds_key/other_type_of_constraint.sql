-- counts: 1 values come more than once
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0));

-- after
ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k UNIQUE (a);

-- rows that break it
INSERT INTO t VALUES (1), (1);

-- rows that do not
INSERT INTO t VALUES (1), (2);
