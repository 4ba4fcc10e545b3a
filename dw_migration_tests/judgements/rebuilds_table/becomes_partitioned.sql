-- counts: 1 rows fit no partition
-- refused: 23514
-- harmless: transformable

-- before
CREATE TABLE t (a int);

-- after
DROP TABLE t; CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE p PARTITION OF t FOR VALUES FROM (0) TO (10);

-- rows that break it
INSERT INTO t VALUES (5), (50);

-- rows that do not
INSERT INTO t VALUES (5);
