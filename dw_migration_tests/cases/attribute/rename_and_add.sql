-- One attribute gets another name, one is added under the old one.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
ALTER TYPE address RENAME ATTRIBUTE zip TO code;
ALTER TYPE address ADD ATTRIBUTE zip text;

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.address RENAME ATTRIBUTE zip TO code;
-- finding: alters transformable
ALTER TYPE dw__app__public.address ADD ATTRIBUTE zip text;
