-- A column of statistics gets another type.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
CREATE STATISTICS s (ndistinct) ON a, b FROM t;
CREATE STATISTICS e ON (a + b) FROM t;

-- rows
INSERT INTO t VALUES (1, 2, 3, 4);

-- after
DROP STATISTICS e;
ALTER TABLE t ALTER a TYPE bigint, ALTER b TYPE text;
CREATE STATISTICS e ON (a + 1) FROM t;

-- plan
DROP STATISTICS dw__app__public.e;
DROP STATISTICS dw__app__public.s;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE bigint;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE text;
CREATE STATISTICS dw__app__public.e ON (a + 1) FROM dw__app__public.t;
CREATE STATISTICS dw__app__public.s (ndistinct) ON a, b FROM dw__app__public.t;
