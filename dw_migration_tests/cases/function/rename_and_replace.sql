-- A function gets another name and another body.

-- before
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT f(1));

-- rows
INSERT INTO t VALUES (1, 5);

-- after
ALTER FUNCTION f RENAME TO g;
CREATE OR REPLACE FUNCTION g(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1';

-- plan
-- finding: renames transformable
ALTER FUNCTION dw__app__public.f(integer) RENAME TO g;
-- finding: changes_function transformable
CREATE OR REPLACE FUNCTION dw__app__public.g(a integer)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT a + 1$function$;
