-- An attribute goes, and its values with it.
-- loses: t.home

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
ALTER TYPE address DROP ATTRIBUTE zip;

-- plan
-- finding: drops_column breaking
-- finding: alters transformable
ALTER TYPE dw__app__public.address DROP ATTRIBUTE zip;
