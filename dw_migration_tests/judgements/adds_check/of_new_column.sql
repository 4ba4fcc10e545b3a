-- counts: 1 rows are there, and a column of it is new or changes its type
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE t (a int);

-- after
ALTER TABLE t ADD b int; ALTER TABLE t ADD CHECK (b IS NOT NULL);

-- rows that break it
INSERT INTO t VALUES (1);

-- rows that do not

