-- Columns move up one name.

-- before
CREATE TABLE t (a int, b int, CHECK (a < b));
CREATE INDEX t_ab ON t (a, b);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t RENAME b TO c;
ALTER TABLE t RENAME a TO b;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN b TO c;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN a TO b;
