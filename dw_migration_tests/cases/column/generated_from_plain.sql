-- A plain column becomes a generated one.
-- loses: t.c

-- before
CREATE TABLE t (a int, c int);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP c;
ALTER TABLE t ADD c int GENERATED ALWAYS AS (a * 2) STORED;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN c;
ALTER TABLE dw__app__public.t ADD COLUMN c integer GENERATED ALWAYS AS ((a * 2)) STORED;
