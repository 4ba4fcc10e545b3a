-- readers: 42883

-- before
CREATE TABLE t (a int); CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + 1';

-- after
DROP FUNCTION f;

-- rows that break it
INSERT INTO t VALUES (1);

-- read
SELECT f(a) FROM t;
