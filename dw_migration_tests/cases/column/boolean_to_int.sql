-- A boolean becomes a number, with checks and defaults in the way.

-- before
CREATE TABLE t (a boolean NOT NULL DEFAULT true, b int CHECK (b IN (0, 1)));
CREATE INDEX t_a ON t (b) WHERE a;

-- rows
INSERT INTO t VALUES (true, 1);

-- after
DROP INDEX t_a;
ALTER TABLE t ALTER a DROP DEFAULT;
ALTER TABLE t ALTER a TYPE int USING a::int;
ALTER TABLE t ALTER a SET DEFAULT 1;
CREATE INDEX t_a ON t (b) WHERE a = 1;

-- plan
DROP INDEX dw__app__public.t_a;
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE integer USING a::integer;
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT 1;
-- finding: alters transformable
CREATE INDEX t_a ON dw__app__public.t USING btree (b) WHERE (a = 1);
