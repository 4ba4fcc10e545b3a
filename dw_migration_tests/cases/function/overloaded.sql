-- Two of one name, told by what they take.

-- before
CREATE TYPE "E" AS ENUM ('a');
CREATE TABLE t (id int);

-- after
CREATE FUNCTION f("E") RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION f(int, VARIADIC text[]) RETURNS TABLE ("Out" int, "E" "E") LANGUAGE sql ROWS 7 AS $$ SELECT 1, 'a'::public."E" $$;
CREATE VIEW v AS SELECT f('a'::"E") AS n, x."Out" FROM f(1, 'b') x;

-- plan
CREATE FUNCTION dw__app__public.f(dw__app__public.e)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT 1$function$;
CREATE FUNCTION dw__app__public.f(integer, VARIADIC text[])
 RETURNS TABLE("out" integer, e dw__app__public.e)
 LANGUAGE sql
 ROWS 7
AS $function$ SELECT 1, 'a'::dw__app__public.e $function$;
CREATE VIEW dw__app__public.v (n, "out") AS
 SELECT dw__app__public.f('a'::dw__app__public.e) AS n,
    "out"
   FROM dw__app__public.f(1, VARIADIC ARRAY['b'::text]) x("out", e);
