-- A procedure becomes a function of its name.

-- before
CREATE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT a';

-- after
DROP PROCEDURE p(int);
CREATE FUNCTION p(a int) RETURNS int LANGUAGE sql AS 'SELECT a';

-- plan
DROP PROCEDURE dw__app__public.p(integer);
-- finding: changes_function transformable
CREATE FUNCTION dw__app__public.p(a integer)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT a$function$;
