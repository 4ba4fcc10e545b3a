-- counts: 2 rows hold NULL
-- refused: 23502
-- harmless: safe

-- before
CREATE TABLE t (a int);

-- after
ALTER TABLE t ALTER a SET NOT NULL;

-- rows that break it
INSERT INTO t VALUES (NULL), (1), (NULL);

-- rows that do not
INSERT INTO t VALUES (1);
