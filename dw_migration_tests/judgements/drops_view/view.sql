-- readers: 42P01

-- before
CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t;

-- after
DROP VIEW v;

-- rows that break it
INSERT INTO t VALUES (1);

-- read
SELECT * FROM v;
