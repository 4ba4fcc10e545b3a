-- Text becomes a number, as far as it is one.

-- before
CREATE TABLE t (a text DEFAULT '1', b text[]);
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES ('12', '{3}');

-- after
ALTER TABLE t ALTER a DROP DEFAULT;
ALTER TABLE t ALTER a TYPE int USING a::int, ALTER b TYPE int[] USING b::int[];
ALTER TABLE t ALTER a SET DEFAULT 1;

-- plan
DROP INDEX dw__app__public.t_a;
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE integer USING a::integer;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE integer[] USING b::integer[];
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT 1;
CREATE INDEX t_a ON dw__app__public.t USING btree (a);
