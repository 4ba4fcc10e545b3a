-- Context and function make another cast; the comment is changed in place.

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION g(mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2';
CREATE CAST (mood AS int) WITH FUNCTION f(mood);
CREATE CAST (mood AS bigint) WITH INOUT;
CREATE CAST (pair AS bigint) WITH INOUT;
COMMENT ON CAST (pair AS bigint) IS 'before';

-- after
DROP CAST (mood AS int);
CREATE CAST (mood AS int) WITH FUNCTION g(mood);
DROP CAST (mood AS bigint);
CREATE CAST (mood AS bigint) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (pair AS bigint) IS 'after';

-- plan
DROP CAST (dw__app__public.mood AS bigint);
DROP CAST (dw__app__public.mood AS integer);
-- finding: changes_function transformable
CREATE CAST (dw__app__public.mood AS bigint) WITH INOUT AS ASSIGNMENT;
-- finding: changes_function transformable
CREATE CAST (dw__app__public.mood AS integer) WITH FUNCTION dw__app__public.g(dw__app__public.mood);
COMMENT ON CAST (dw__app__public.pair AS bigint) IS 'after';
