-- A dropped column takes the statistics along.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
CREATE STATISTICS s (ndistinct) ON a, c FROM t;

-- after
ALTER TABLE t DROP c;

-- plan
DROP STATISTICS dw__app__public.s;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN c;
