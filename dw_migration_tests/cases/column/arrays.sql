-- Arrays get other elements, and a column becomes an array.

-- before
CREATE TABLE t (a int[] DEFAULT '{}', b varchar(5)[], c int);

-- rows
INSERT INTO t VALUES ('{1,2}', '{x}', 5);

-- after
ALTER TABLE t ALTER a TYPE bigint[], ALTER b TYPE text[];

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE bigint[] USING a::bigint[];
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE text[] USING b::text[];
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT '{}'::integer[];
