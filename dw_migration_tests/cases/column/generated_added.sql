-- A generated column is added to a table with rows.

-- before
CREATE TABLE t (a int, b int);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + b) STORED;
CREATE INDEX t_c ON t (c);

-- plan
ALTER TABLE dw__app__public.t ADD COLUMN c integer GENERATED ALWAYS AS ((a + b)) STORED;
CREATE INDEX t_c ON dw__app__public.t USING btree (c);
