-- Another body, and one default more: replaced in place.

-- before
CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE TABLE t (id int DEFAULT f(1, 2));
COMMENT ON FUNCTION f IS 'old';

-- rows
INSERT INTO t VALUES (1);

-- after
CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 3) RETURNS int LANGUAGE sql STABLE AS 'SELECT a + b';
COMMENT ON FUNCTION f IS 'new';

-- plan
-- finding: changes_function transformable
CREATE OR REPLACE FUNCTION dw__app__public.f(a integer, b integer DEFAULT 3)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$SELECT a + b$function$;
COMMENT ON FUNCTION dw__app__public.f(integer, integer) IS 'new';
