-- A column leaves its domain for the type under it.

-- before
CREATE DOMAIN amount AS int CHECK (VALUE > 0);
CREATE TABLE t (id int PRIMARY KEY, a amount DEFAULT 4);
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES (1, 5);

-- after
ALTER TABLE t ALTER a TYPE int;
DROP DOMAIN amount;

-- plan
DROP INDEX dw__app__public.t_a;
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE integer USING a::text::integer;
-- finding: drops_type transformable
DROP DOMAIN dw__app__public.amount;
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT 4;
CREATE INDEX t_a ON dw__app__public.t USING btree (a);
