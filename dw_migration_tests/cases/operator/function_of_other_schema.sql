-- The same name, in another schema: another operator.

-- before
CREATE SCHEMA other;
CREATE FUNCTION f(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2 % 7';
CREATE FUNCTION other.f(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2 % 9';
CREATE OPERATOR <<< (FUNCTION = f, LEFTARG = int, RIGHTARG = int);
CREATE TABLE t (a int);
CREATE VIEW v AS SELECT a FROM t WHERE a <<< 3;

-- rows
INSERT INTO t VALUES (1);

-- after
DROP VIEW v;
DROP OPERATOR <<< (int, int);
CREATE OPERATOR <<< (FUNCTION = other.f, LEFTARG = int, RIGHTARG = int);
CREATE VIEW v AS SELECT a FROM t WHERE a <<< 3;

-- plan
DROP VIEW dw__app__public.v;
DROP OPERATOR dw__app__public.<<< (integer, integer);
-- finding: changes_function transformable
CREATE OPERATOR dw__app__public.<<< (FUNCTION = dw__app__other.f, LEFTARG = integer, RIGHTARG = integer);
CREATE VIEW dw__app__public.v (a) AS
 SELECT a
   FROM dw__app__public.t
  WHERE (a OPERATOR(dw__app__public.<<<) 3);
