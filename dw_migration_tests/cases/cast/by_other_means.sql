-- By a function, by way of text, and by another function with one argument more, from another schema.

-- before
CREATE SCHEMA other;
CREATE TYPE one AS (x int);
CREATE TYPE two AS (x int);
CREATE FUNCTION of_one(int) RETURNS one LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1)::one';
CREATE FUNCTION of_two(int) RETURNS two LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1)::two';
CREATE FUNCTION other.of_two(int, int) RETURNS two LANGUAGE sql IMMUTABLE AS 'SELECT NULL::public.two';
CREATE CAST (int AS one) WITH FUNCTION of_one(int);
CREATE CAST (int AS two) WITH FUNCTION of_two(int);

-- after
DROP CAST (int AS one);
CREATE CAST (int AS one) WITH INOUT;
DROP CAST (int AS two);
CREATE CAST (int AS two) WITH FUNCTION other.of_two(int, int);

-- plan
DROP CAST (integer AS dw__app__public.one);
DROP CAST (integer AS dw__app__public.two);
-- finding: changes_function transformable
CREATE CAST (integer AS dw__app__public.one) WITH INOUT;
-- finding: changes_function transformable
CREATE CAST (integer AS dw__app__public.two) WITH FUNCTION dw__app__other.of_two(integer, integer);
