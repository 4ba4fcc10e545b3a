-- Statistics get another name, and so do their table and a column.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
CREATE STATISTICS s (ndistinct) ON a, b FROM t;

-- after
ALTER STATISTICS s RENAME TO "S2";
ALTER TABLE t RENAME TO u;
ALTER TABLE u RENAME a TO "A";

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME TO u;
ALTER STATISTICS dw__app__public.s RENAME TO s2;
