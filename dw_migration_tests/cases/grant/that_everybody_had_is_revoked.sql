-- What everybody may by itself, and may not in the source, is revoked as soon as the function is there
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE TYPE state AS ENUM ('a');
CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 1';

-- after
REVOKE EXECUTE ON FUNCTION secret() FROM PUBLIC;
CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION more() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION more() TO case_reader;
REVOKE USAGE ON TYPE state FROM PUBLIC;

-- plan
CREATE FUNCTION dw__app__public.more()
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$;
-- finding: changes_rights breaking
REVOKE EXECUTE ON ROUTINE dw__app__public.more() FROM PUBLIC;
-- finding: changes_rights transformable
GRANT EXECUTE ON ROUTINE dw__app__public.more() TO case_reader;
-- finding: changes_rights breaking
REVOKE EXECUTE ON ROUTINE dw__app__public.secret() FROM PUBLIC;
-- finding: changes_rights breaking
REVOKE USAGE ON TYPE dw__app__public.state FROM PUBLIC;
