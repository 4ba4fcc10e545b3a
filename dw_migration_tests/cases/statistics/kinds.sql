-- Other kinds: PostgreSQL cannot alter them.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
CREATE STATISTICS s (ndistinct) ON a, b FROM t;
COMMENT ON STATISTICS s IS 'why';

-- after
DROP STATISTICS s;
CREATE STATISTICS s (mcv, dependencies) ON a, b FROM t;
COMMENT ON STATISTICS s IS 'why';

-- plan
DROP STATISTICS dw__app__public.s;
CREATE STATISTICS dw__app__public.s (dependencies, mcv) ON a, b FROM dw__app__public.t;
COMMENT ON STATISTICS dw__app__public.s IS 'why';
