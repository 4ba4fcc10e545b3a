-- readers: 42P01

-- before
CREATE TABLE t (a int); CREATE MATERIALIZED VIEW v AS SELECT a FROM t;

-- after
DROP MATERIALIZED VIEW v;

-- rows that break it
INSERT INTO t VALUES (1); REFRESH MATERIALIZED VIEW v;

-- read
SELECT * FROM v;
