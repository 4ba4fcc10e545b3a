-- readers: 42883

-- before
CREATE TABLE t (a int); CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + 1'; CREATE OPERATOR !! (RIGHTARG = int, FUNCTION = f);

-- after
DROP OPERATOR !! (NONE, int);

-- rows that break it
INSERT INTO t VALUES (1);

-- read
SELECT !! a FROM t;
