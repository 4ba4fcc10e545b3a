-- PostgreSQL 18 computes generated columns when they are read.
-- needs: 18

-- before
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ALTER b SET EXPRESSION AS (a * 3);
ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) VIRTUAL;

-- plan
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t DROP COLUMN b;
ALTER TABLE dw__app__public.t ADD COLUMN b integer GENERATED ALWAYS AS ((a * 3)) VIRTUAL;
ALTER TABLE dw__app__public.t ADD COLUMN c integer GENERATED ALWAYS AS ((a + 1)) VIRTUAL;
