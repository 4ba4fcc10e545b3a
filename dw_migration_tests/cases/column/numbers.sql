-- Numbers become other numbers.
-- loses: t.d

-- before
CREATE TABLE t (a smallint, b numeric(5, 2), c real, d numeric, e int);

-- rows
INSERT INTO t VALUES (1, 2.5, 3, 4.25, 5);

-- after
ALTER TABLE t ALTER a TYPE numeric, ALTER b TYPE numeric(10, 4), ALTER c TYPE double precision, ALTER d TYPE int USING round(d), ALTER e TYPE text;

-- plan
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE numeric;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE numeric(10,4);
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN c TYPE double precision;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN d TYPE integer;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN e TYPE text;
