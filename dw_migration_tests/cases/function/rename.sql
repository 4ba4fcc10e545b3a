-- A function gets another name: made anew, with what stands on it.

-- before
CREATE FUNCTION f(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT f(1));

-- rows
INSERT INTO t VALUES (1, 5);

-- after
ALTER FUNCTION f RENAME TO g;

-- plan
CREATE FUNCTION dw__app__public.g(a integer, b integer DEFAULT 2)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT a + b$function$;
ALTER TABLE dw__app__public.t ALTER COLUMN n SET DEFAULT dw__app__public.g(1);
DROP FUNCTION dw__app__public.f(integer, integer);
