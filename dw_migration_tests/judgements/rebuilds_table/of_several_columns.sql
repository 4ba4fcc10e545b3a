-- counts: 1 rows are there, and which fit only the change can tell
-- refused: 23514
-- harmless: transformable

-- before
CREATE TABLE t (a int, b int);

-- after
DROP TABLE t; CREATE TABLE t (a int, b int) PARTITION BY RANGE (a, b); CREATE TABLE p PARTITION OF t FOR VALUES FROM (0, 0) TO (10, 10);

-- rows that break it
INSERT INTO t VALUES (50, 1);

-- rows that do not

