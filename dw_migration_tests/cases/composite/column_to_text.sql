-- A column of a composite type becomes text, and the type goes.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
ALTER TABLE t ALTER home TYPE text;
DROP TYPE address;

-- plan
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN home TYPE text;
-- finding: drops_type transformable
DROP TYPE dw__app__public.address;
