-- counts: 1 rows fit no partition
-- refused: 23514
-- harmless: transformable

-- before
CREATE TABLE t (a int, b int) PARTITION BY LIST (a); CREATE TABLE p PARTITION OF t FOR VALUES IN (1);

-- after
DROP TABLE t; CREATE TABLE t (a int, b int) PARTITION BY LIST (b); CREATE TABLE p PARTITION OF t FOR VALUES IN (1, NULL);

-- rows that break it
INSERT INTO t VALUES (1, 1), (1, 2), (1, NULL);

-- rows that do not
INSERT INTO t VALUES (1, 1), (1, NULL);
