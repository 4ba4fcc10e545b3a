-- Its function gets another result: the operator, and what stands on it, makes way.

-- before
CREATE FUNCTION f(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE OPERATOR #+ (FUNCTION = f, LEFTARG = int, RIGHTARG = int);
CREATE TABLE t (a int);
CREATE VIEW v AS SELECT a #+ 1 AS b FROM t;

-- rows
INSERT INTO t VALUES (1);

-- after
DROP VIEW v;
DROP OPERATOR #+ (int, int);
DROP FUNCTION f;
CREATE FUNCTION f(int, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1::bigint + $2';
CREATE OPERATOR #+ (FUNCTION = f, LEFTARG = int, RIGHTARG = int);
CREATE VIEW v AS SELECT a #+ 1 AS b FROM t;

-- plan
DROP VIEW dw__app__public.v;
DROP OPERATOR dw__app__public.#+ (integer, integer);
DROP FUNCTION dw__app__public.f(integer, integer);
-- finding: changes_function transformable
CREATE FUNCTION dw__app__public.f(integer, integer)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1::bigint + $2$function$;
CREATE OPERATOR dw__app__public.#+ (FUNCTION = dw__app__public.f, LEFTARG = integer, RIGHTARG = integer);
-- finding: changes_view transformable
CREATE VIEW dw__app__public.v (b) AS
 SELECT (a OPERATOR(dw__app__public.#+) 1) AS b
   FROM dw__app__public.t;
