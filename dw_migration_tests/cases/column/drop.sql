-- A column goes, with what stands on it.
-- loses: t.a

-- before
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 1 CHECK (a > 0), b int, UNIQUE (a, b));
CREATE INDEX t_a ON t (a);
COMMENT ON COLUMN t.a IS 'a';

-- rows
INSERT INTO t VALUES (1, 2, 3);

-- after
ALTER TABLE t DROP a;

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.t_a;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_a_b_key;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_a_check;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN a;
