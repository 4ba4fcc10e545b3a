-- A dropped table takes its statistics along.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
CREATE STATISTICS s (ndistinct) ON a, b FROM t;

-- after
DROP TABLE t;

-- plan
-- finding: drops_table breaking
DROP TABLE dw__app__public.t;
