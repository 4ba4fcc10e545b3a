-- Storage where the type changes too.

-- before
CREATE TABLE t (a text, b int, c text);
ALTER TABLE t ALTER a SET STORAGE EXTERNAL;

-- rows
INSERT INTO t VALUES ('1', 2, '3');

-- after
ALTER TABLE t ALTER a TYPE int USING a::int, ALTER b TYPE text, ALTER c TYPE varchar(10);
ALTER TABLE t ALTER b SET STORAGE EXTERNAL;
ALTER TABLE t ALTER c SET STORAGE MAIN;

-- plan
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE integer USING a::integer;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE text;
ALTER TABLE dw__app__public.t ALTER COLUMN b SET STORAGE EXTERNAL;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN c TYPE character varying(10);
ALTER TABLE dw__app__public.t ALTER COLUMN c SET STORAGE MAIN;
