-- An aggregate goes with its function.

-- before
CREATE FUNCTION "Add"(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE FUNCTION done(int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE TABLE t (id int);
CREATE AGGREGATE a(int) (SFUNC = "Add", STYPE = int);

-- rows
INSERT INTO t VALUES (1);

-- after
DROP AGGREGATE a(int);
DROP FUNCTION "Add"(int, int);

-- plan
-- finding: drops_function breaking
DROP AGGREGATE dw__app__public.a(integer);
-- finding: drops_function breaking
DROP FUNCTION dw__app__public.add(integer, integer);
