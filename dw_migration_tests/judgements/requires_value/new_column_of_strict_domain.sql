-- counts: 1 rows are there
-- refused: 23502
-- harmless: safe

-- before
CREATE DOMAIN must AS int NOT NULL; CREATE TABLE t (a int);

-- after
ALTER TABLE t ADD b must;

-- rows that break it
INSERT INTO t VALUES (1);

-- rows that do not

