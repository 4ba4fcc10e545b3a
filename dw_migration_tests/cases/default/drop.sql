-- A default goes.

-- before
CREATE TABLE t (a int DEFAULT 1, b text DEFAULT NULL);

-- rows
INSERT INTO t VALUES (1, 'y');

-- after
ALTER TABLE t ALTER a DROP DEFAULT, ALTER b DROP DEFAULT;

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
