-- One of two functions of a name gets another: in a call the two cannot be told apart, so that it is made anew.

-- before
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql AS 'SELECT a';
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT f(1), s text DEFAULT f('x'::text));

-- rows
INSERT INTO t VALUES (1, 5, 'x');

-- after
ALTER FUNCTION f(int) RENAME TO g;

-- plan
CREATE FUNCTION dw__app__public.g(a integer)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT a$function$;
ALTER TABLE dw__app__public.t ALTER COLUMN n SET DEFAULT dw__app__public.g(1);
-- finding: drops_function breaking
DROP FUNCTION dw__app__public.f(integer);
