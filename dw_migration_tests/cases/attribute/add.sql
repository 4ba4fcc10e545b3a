-- Attributes are added at the end, in their order, under rows.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
ALTER TYPE address ADD ATTRIBUTE "Zone" text COLLATE "C", ADD ATTRIBUTE area int, ADD ATTRIBUTE b int[];

-- plan
-- finding: changes_collation transformable
-- finding: alters transformable
ALTER TYPE dw__app__public.address ADD ATTRIBUTE zone text COLLATE pg_catalog."C", ADD ATTRIBUTE area integer, ADD ATTRIBUTE b integer[];
