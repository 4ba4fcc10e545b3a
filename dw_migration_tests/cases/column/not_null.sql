-- NOT NULL comes and goes.

-- before
CREATE TABLE t (a int, b int NOT NULL);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t ALTER a SET NOT NULL, ALTER b DROP NOT NULL;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a SET NOT NULL;
-- finding: allows_null transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b DROP NOT NULL;
