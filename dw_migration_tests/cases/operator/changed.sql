-- Estimators and comment in place; another function is another operator, and takes what stands on it along.

-- before
CREATE FUNCTION f(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2 % 7';
CREATE FUNCTION g(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2 % 9';
CREATE OPERATOR <<< (FUNCTION = f, LEFTARG = int, RIGHTARG = int, RESTRICT = scalarltsel);
CREATE OPERATOR >>> (FUNCTION = g, LEFTARG = int, RIGHTARG = int, JOIN = scalarltjoinsel);
CREATE OPERATOR <<> (FUNCTION = f, LEFTARG = int, RIGHTARG = int);
COMMENT ON OPERATOR >>> (int, int) IS 'before';
COMMENT ON OPERATOR <<> (int, int) IS 'before';
CREATE TABLE t (a int, CONSTRAINT c CHECK (a <<< 5));
CREATE VIEW v AS SELECT a FROM t WHERE a <<< 3;
CREATE INDEX i ON t (a) WHERE a <<< 2;

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER OPERATOR >>> (int, int) SET (RESTRICT = scalargtsel, JOIN = NONE);
COMMENT ON OPERATOR >>> (int, int) IS 'after';
COMMENT ON OPERATOR <<> (int, int) IS NULL;
DROP VIEW v;
DROP INDEX i;
ALTER TABLE t DROP CONSTRAINT c;
DROP OPERATOR <<< (int, int);
CREATE OPERATOR <<< (FUNCTION = g, LEFTARG = int, RIGHTARG = int, RESTRICT = scalarltsel);
ALTER TABLE t ADD CONSTRAINT c CHECK (a <<< 5);
CREATE VIEW v AS SELECT a FROM t WHERE a <<< 3;
CREATE INDEX i ON t (a) WHERE a <<< 2;

-- plan
DROP INDEX dw__app__public.i;
DROP VIEW dw__app__public.v;
ALTER TABLE dw__app__public.t DROP CONSTRAINT c;
DROP OPERATOR dw__app__public.<<< (integer, integer);
-- finding: changes_function transformable
CREATE OPERATOR dw__app__public.<<< (FUNCTION = dw__app__public.g, LEFTARG = integer, RIGHTARG = integer, RESTRICT = pg_catalog.scalarltsel);
COMMENT ON OPERATOR dw__app__public.<<> (integer, integer) IS NULL;
-- finding: changes_function transformable
ALTER OPERATOR dw__app__public.>>> (integer, integer) SET (RESTRICT = pg_catalog.scalargtsel, JOIN = NONE);
COMMENT ON OPERATOR dw__app__public.>>> (integer, integer) IS 'after';
ALTER TABLE dw__app__public.t ADD CONSTRAINT c CHECK ((a OPERATOR(dw__app__public.<<<) 5));
CREATE VIEW dw__app__public.v (a) AS
 SELECT a
   FROM dw__app__public.t
  WHERE (a OPERATOR(dw__app__public.<<<) 3);
CREATE INDEX i ON dw__app__public.t USING btree (a) WHERE (a OPERATOR(dw__app__public.<<<) 2);
