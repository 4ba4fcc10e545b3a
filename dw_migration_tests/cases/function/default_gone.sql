-- One default less: PostgreSQL makes it anew.

-- before
CREATE FUNCTION f(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT f(1));

-- rows
INSERT INTO t VALUES (1, 5);

-- after
ALTER TABLE t ALTER n DROP DEFAULT;
DROP FUNCTION f;
CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b';

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN n DROP DEFAULT;
DROP FUNCTION dw__app__public.f(integer, integer);
-- finding: changes_function transformable
CREATE FUNCTION dw__app__public.f(a integer, b integer)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT a + b$function$;
