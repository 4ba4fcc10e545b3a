-- The new function is given what could be done with the old one, so that this is taken away first
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION gone(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION f(int), gone(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION f(int), gone(int) TO case_reader;

-- after
DROP FUNCTION f(int);
DROP FUNCTION gone(int);
CREATE FUNCTION f(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT EXECUTE ON FUNCTION f(bigint) TO case_writer;

-- plan
-- finding: changes_rights transformable
GRANT EXECUTE ON ROUTINE dw__app__public.f(integer) TO PUBLIC;
-- finding: changes_rights breaking
REVOKE EXECUTE ON ROUTINE dw__app__public.f(integer) FROM case_reader;
-- finding: drops_function breaking
DROP FUNCTION dw__app__public.f(integer);
-- finding: drops_function breaking
DROP FUNCTION dw__app__public.gone(integer);
CREATE FUNCTION dw__app__public.f(bigint)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$;
-- finding: changes_rights transformable
GRANT EXECUTE ON ROUTINE dw__app__public.f(bigint) TO case_writer;
