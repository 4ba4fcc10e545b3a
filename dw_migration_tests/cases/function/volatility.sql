-- It becomes immutable.

-- before
CREATE FUNCTION f(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT f(1));

-- rows
INSERT INTO t VALUES (1, 5);

-- after
ALTER FUNCTION f IMMUTABLE;

-- plan
-- finding: changes_function transformable
CREATE OR REPLACE FUNCTION dw__app__public.f(a integer, b integer DEFAULT 2)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT a + b$function$;
