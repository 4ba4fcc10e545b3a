-- Aggregates with every option.

-- before
CREATE FUNCTION "Add"(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE FUNCTION done(int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE TABLE t (id int);

-- rows
INSERT INTO t VALUES (1);

-- after
CREATE AGGREGATE "Total"(int) (SFUNC = "Add", STYPE = int, INITCOND = '0', FINALFUNC = done, COMBINEFUNC = "Add", PARALLEL = SAFE, SSPACE = 8);
CREATE AGGREGATE nothing(*) (SFUNC = int4inc, STYPE = int, INITCOND = '0', FINALFUNC = done, FINALFUNC_MODIFY = SHAREABLE);
CREATE AGGREGATE moving(int) (SFUNC = "Add", STYPE = int, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, MINITCOND = '1', INITCOND = '1');
CREATE AGGREGATE smallest(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);
CREATE AGGREGATE share(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
COMMENT ON AGGREGATE "Total"(int) IS 'all of it';
CREATE VIEW v AS SELECT "Total"(id) AS n FROM t;

-- plan
CREATE AGGREGATE dw__app__public.moving(integer) (
    SFUNC = dw__app__public.add,
    MSFUNC = pg_catalog.int4pl,
    MINVFUNC = pg_catalog.int4mi,
    STYPE = integer,
    INITCOND = '1',
    MSTYPE = integer,
    MINITCOND = '1'
);
CREATE AGGREGATE dw__app__public.nothing(*) (
    SFUNC = pg_catalog.int4inc,
    FINALFUNC = dw__app__public.done,
    STYPE = integer,
    FINALFUNC_MODIFY = SHAREABLE,
    INITCOND = '0'
);
CREATE AGGREGATE dw__app__public.share(double precision ORDER BY anyelement) (
    SFUNC = pg_catalog.ordered_set_transition,
    FINALFUNC = pg_catalog.percentile_disc_final,
    STYPE = internal,
    FINALFUNC_EXTRA
);
CREATE AGGREGATE dw__app__public.smallest(integer) (
    SFUNC = pg_catalog.int4smaller,
    STYPE = integer,
    SORTOP = OPERATOR(pg_catalog.<)
);
CREATE AGGREGATE dw__app__public.total(integer) (
    SFUNC = dw__app__public.add,
    FINALFUNC = dw__app__public.done,
    COMBINEFUNC = dw__app__public.add,
    STYPE = integer,
    SSPACE = 8,
    INITCOND = '0',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE dw__app__public.total(integer) IS 'all of it';
CREATE VIEW dw__app__public.v (n) AS
 SELECT dw__app__public.total(id) AS n
   FROM dw__app__public.t;
