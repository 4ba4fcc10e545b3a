-- readers: 42703

-- before
CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a, b FROM t;

-- after
DROP VIEW v; CREATE VIEW v AS SELECT a FROM t;

-- rows that break it
INSERT INTO t VALUES (1, 2);

-- read
SELECT b FROM v;
