-- counts: 1 rows hold NULL
-- refused: 23502
-- harmless: safe

-- before
CREATE TABLE t (a int);

-- after
ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY;

-- rows that break it
INSERT INTO t VALUES (NULL);

-- rows that do not
INSERT INTO t VALUES (1);
