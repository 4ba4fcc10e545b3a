-- Statistics go.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
CREATE STATISTICS s (ndistinct) ON a, b FROM t;

-- after
DROP STATISTICS s;

-- plan
DROP STATISTICS dw__app__public.s;
