-- What a generated column stands on gets another type.

-- before
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
CREATE INDEX t_b ON t (b);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t DROP b;
ALTER TABLE t ALTER a TYPE bigint;
ALTER TABLE t ADD b bigint GENERATED ALWAYS AS (a * 2) STORED;
CREATE INDEX t_b ON t (b);

-- plan
DROP INDEX dw__app__public.t_b;
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t DROP COLUMN b;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE bigint;
ALTER TABLE dw__app__public.t ADD COLUMN b bigint GENERATED ALWAYS AS ((a * 2)) STORED;
CREATE INDEX t_b ON dw__app__public.t USING btree (b);
