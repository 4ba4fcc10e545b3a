-- How many rows it gives.

-- before
CREATE FUNCTION f() RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';

-- after
ALTER FUNCTION f() ROWS 5;

-- plan
-- finding: changes_function transformable
CREATE OR REPLACE FUNCTION dw__app__public.f()
 RETURNS SETOF integer
 LANGUAGE sql
 ROWS 5
AS $function$SELECT 1$function$;
