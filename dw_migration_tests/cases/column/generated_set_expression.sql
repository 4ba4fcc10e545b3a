-- PostgreSQL 17 changes an expression in place.
-- needs: 17

-- before
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
CREATE INDEX t_b ON t (b);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ALTER b SET EXPRESSION AS (a * 3);

-- plan
DROP INDEX dw__app__public.t_b;
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t DROP COLUMN b;
ALTER TABLE dw__app__public.t ADD COLUMN b integer GENERATED ALWAYS AS ((a * 3)) STORED;
CREATE INDEX t_b ON dw__app__public.t USING btree (b);
