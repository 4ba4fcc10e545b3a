-- Another expression: the generated column is made again, and its index.

-- before
CREATE TABLE t (a int, b int, c int GENERATED ALWAYS AS (a + b) STORED);
CREATE INDEX t_c ON t (c);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP c;
ALTER TABLE t ADD c int GENERATED ALWAYS AS (a * b) STORED;
CREATE INDEX t_c ON t (c);

-- plan
DROP INDEX dw__app__public.t_c;
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t DROP COLUMN c;
ALTER TABLE dw__app__public.t ADD COLUMN c integer GENERATED ALWAYS AS ((a * b)) STORED;
CREATE INDEX t_c ON dw__app__public.t USING btree (c);
