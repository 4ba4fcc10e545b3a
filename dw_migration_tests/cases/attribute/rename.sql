-- An attribute gets another name, told by its number.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
ALTER TYPE address RENAME ATTRIBUTE street TO "Road";

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.address RENAME ATTRIBUTE street TO road;
