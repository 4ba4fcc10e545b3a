-- Another state to begin with: made again, with what stands on it.

-- before
CREATE FUNCTION "Add"(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE FUNCTION done(int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE TABLE t (id int);
CREATE AGGREGATE a(int) (SFUNC = "Add", STYPE = int, INITCOND = '0');
CREATE AGGREGATE b(int) (SFUNC = "Add", STYPE = int);
COMMENT ON AGGREGATE b(int) IS 'old';
CREATE VIEW v AS SELECT a(id) AS n FROM t;

-- rows
INSERT INTO t VALUES (1);

-- after
DROP VIEW v;
DROP AGGREGATE a(int);
CREATE AGGREGATE a(int) (SFUNC = "Add", STYPE = int, INITCOND = '7');
COMMENT ON AGGREGATE b(int) IS 'new';
CREATE VIEW v AS SELECT a(id) AS n FROM t;

-- plan
DROP VIEW dw__app__public.v;
DROP AGGREGATE dw__app__public.a(integer);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.a(integer) (
    SFUNC = dw__app__public.add,
    STYPE = integer,
    INITCOND = '7'
);
COMMENT ON AGGREGATE dw__app__public.b(integer) IS 'new';
CREATE VIEW dw__app__public.v (n) AS
 SELECT dw__app__public.a(id) AS n
   FROM dw__app__public.t;
