-- Another name and another attribute at once.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
ALTER TYPE address RENAME TO place;
ALTER TYPE place ADD ATTRIBUTE "Town" text;

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.address RENAME TO place;
-- finding: alters transformable
ALTER TYPE dw__app__public.place ADD ATTRIBUTE town text;
