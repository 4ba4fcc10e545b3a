-- Another result: made again, with what stands on it.

-- before
CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE t (id int, n bigint DEFAULT f());
CREATE VIEW v AS SELECT f() AS n;

-- rows
INSERT INTO t VALUES (1);

-- after
DROP VIEW v;
ALTER TABLE t ALTER n DROP DEFAULT;
DROP FUNCTION f();
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1::bigint';
ALTER TABLE t ALTER n SET DEFAULT f();
CREATE VIEW v AS SELECT f() AS n;

-- plan
DROP VIEW dw__app__public.v;
ALTER TABLE dw__app__public.t ALTER COLUMN n DROP DEFAULT;
DROP FUNCTION dw__app__public.f();
-- finding: changes_function transformable
CREATE FUNCTION dw__app__public.f()
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT 1::bigint$function$;
ALTER TABLE dw__app__public.t ALTER COLUMN n SET DEFAULT dw__app__public.f();
-- finding: changes_view transformable
CREATE VIEW dw__app__public.v (n) AS
 SELECT dw__app__public.f() AS n;
