-- readers: 42883

-- before
CREATE TABLE t (a int); CREATE AGGREGATE most(int) (SFUNC = int4larger, STYPE = int);

-- after
DROP AGGREGATE most(int);

-- rows that break it
INSERT INTO t VALUES (1);

-- read
SELECT most(a) FROM t;
