-- A column gets the name of one that is dropped in the same step.
-- loses: t.b

-- before
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 1, b int DEFAULT 2);
CREATE INDEX t_b ON t (b);

-- rows
INSERT INTO t VALUES (1, 2, 3);

-- after
ALTER TABLE t DROP b;
ALTER TABLE t RENAME a TO b;

-- plan
ALTER TABLE dw__app__public.t RENAME COLUMN b TO b__dropped;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN a TO b;
-- finding: drops_index transformable
DROP INDEX dw__app__public.t_b;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN b__dropped;
