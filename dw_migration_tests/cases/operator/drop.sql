-- One of a pair goes, with what stood on it; the other forgets it.

-- before
CREATE FUNCTION f(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2';
CREATE FUNCTION g(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > $2';
CREATE OPERATOR <<< (FUNCTION = f, LEFTARG = int, RIGHTARG = int, COMMUTATOR = >>>);
CREATE OPERATOR >>> (FUNCTION = g, LEFTARG = int, RIGHTARG = int, COMMUTATOR = <<<);
CREATE TABLE t (a int);
CREATE VIEW v AS SELECT a FROM t WHERE a >>> 3;

-- after
DROP VIEW v;
DROP OPERATOR >>> (int, int);

-- plan
-- finding: drops_view breaking
DROP VIEW dw__app__public.v;
-- finding: drops_function breaking
DROP OPERATOR dw__app__public.>>> (integer, integer);
-- finding: changes_function transformable
