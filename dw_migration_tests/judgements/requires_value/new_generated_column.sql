-- counts: 1 rows would hold NULL
-- refused: 23502
-- harmless: safe

-- before
CREATE TABLE t (a int);

-- after
ALTER TABLE t ADD b int GENERATED ALWAYS AS (a + 1) STORED NOT NULL;

-- rows that break it
INSERT INTO t VALUES (NULL), (1);

-- rows that do not
INSERT INTO t VALUES (1);
