-- counts: 1 rows fit no partition
-- refused: 23514
-- harmless: transformable

-- before
CREATE TABLE t (a int, b text) PARTITION BY RANGE (a); CREATE TABLE p PARTITION OF t FOR VALUES FROM (0) TO (10); CREATE TABLE q PARTITION OF t FOR VALUES FROM (10) TO (20);

-- after
DROP TABLE t; CREATE TABLE t (a bigint, b text) PARTITION BY RANGE (a); CREATE TABLE p PARTITION OF t FOR VALUES FROM (0) TO (10);

-- rows that break it
INSERT INTO t VALUES (5, 'x'), (15, 'x');

-- rows that do not
INSERT INTO t VALUES (5, 'x');
