-- readers: 42846

-- before
CREATE TYPE c AS (x int); CREATE TABLE t (a int); CREATE FUNCTION f(int) RETURNS c LANGUAGE sql AS 'SELECT ROW($1)::c'; CREATE CAST (int AS c) WITH FUNCTION f(int);

-- after
DROP CAST (int AS c);

-- rows that break it
INSERT INTO t VALUES (1);

-- read
SELECT a::c FROM t;
