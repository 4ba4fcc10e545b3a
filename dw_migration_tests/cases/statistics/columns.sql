-- Other columns.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
CREATE STATISTICS s (ndistinct) ON a, b FROM t;

-- after
DROP STATISTICS s;
CREATE STATISTICS s (ndistinct) ON a, c FROM t;

-- plan
DROP STATISTICS dw__app__public.s;
CREATE STATISTICS dw__app__public.s (ndistinct) ON a, c FROM dw__app__public.t;
