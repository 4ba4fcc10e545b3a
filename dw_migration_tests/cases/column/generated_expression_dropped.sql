-- A generated column becomes a plain one, and keeps its values.

-- before
CREATE TABLE t (a int, b int, c int GENERATED ALWAYS AS (a + b) STORED);
CREATE INDEX t_c ON t (c);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t ALTER c DROP EXPRESSION;

-- plan
-- finding: alters transformable
ALTER TABLE dw__app__public.t ALTER COLUMN c DROP EXPRESSION;
