-- With the rights of its owner, where the config lets that be.

-- before
CREATE FUNCTION f(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT f(1));

-- rows
INSERT INTO t VALUES (1, 5);

-- after
ALTER FUNCTION f SECURITY DEFINER;

-- plan
-- finding: changes_function transformable
CREATE OR REPLACE FUNCTION dw__app__public.f(a integer, b integer DEFAULT 2)
 RETURNS integer
 LANGUAGE sql
 SECURITY DEFINER
AS $function$SELECT a + b$function$;
