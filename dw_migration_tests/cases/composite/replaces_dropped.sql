-- A type that is made anew under the name of one that is dropped.

-- before
CREATE TYPE a AS (x int);
CREATE TYPE b AS (y int);
CREATE TABLE t (id int PRIMARY KEY, v b);

-- rows
INSERT INTO t VALUES (1, ROW(5));

-- after
DROP TYPE a;
ALTER TYPE b RENAME TO a;

-- plan
ALTER TYPE dw__app__public.a RENAME TO a__dropped;
-- finding: renames transformable
ALTER TYPE dw__app__public.b RENAME TO a;
-- finding: drops_type transformable
DROP TYPE dw__app__public.a__dropped;
