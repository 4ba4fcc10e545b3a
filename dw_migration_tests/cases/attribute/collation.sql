-- An attribute's collation changes where no rows stand.

-- before
CREATE TYPE address AS (street text);
CREATE TABLE t (id int);

-- after
ALTER TYPE address ALTER ATTRIBUTE street TYPE text COLLATE "C";

-- plan
-- finding: changes_collation transformable
ALTER TYPE dw__app__public.address ALTER ATTRIBUTE street TYPE text COLLATE pg_catalog."C";
