-- A composite type goes with its last column.
-- loses: t.home

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
ALTER TABLE t DROP home;
DROP TYPE address;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN home;
-- finding: drops_type transformable
DROP TYPE dw__app__public.address;
