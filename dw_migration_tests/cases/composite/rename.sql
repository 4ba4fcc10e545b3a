-- A composite type gets another name; its rows stay.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);
CREATE TABLE u (id int, h address[]);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
ALTER TYPE address RENAME TO "Place";

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.address RENAME TO place;
