-- Its function takes another argument name: cast and view make way, and come again.

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION f(a mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (mood AS int) WITH FUNCTION f(mood);
COMMENT ON CAST (mood AS int) IS 'its level';
CREATE TABLE t (m mood);
CREATE VIEW v AS SELECT m::int AS level FROM t;

-- rows
INSERT INTO t VALUES ('sad');

-- after
DROP VIEW v;
DROP FUNCTION f CASCADE;
CREATE FUNCTION f(b mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (mood AS int) WITH FUNCTION f(mood);
COMMENT ON CAST (mood AS int) IS 'its level';
CREATE VIEW v AS SELECT m::int AS level FROM t;

-- plan
DROP VIEW dw__app__public.v;
DROP CAST (dw__app__public.mood AS integer);
DROP FUNCTION dw__app__public.f(dw__app__public.mood);
-- finding: changes_function transformable
CREATE FUNCTION dw__app__public.f(b dw__app__public.mood)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT 1$function$;
CREATE CAST (dw__app__public.mood AS integer) WITH FUNCTION dw__app__public.f(dw__app__public.mood);
COMMENT ON CAST (dw__app__public.mood AS integer) IS 'its level';
CREATE VIEW dw__app__public.v (level) AS
 SELECT (m)::integer AS level
   FROM dw__app__public.t;
