-- Each option of an aggregate changes: what it takes is the same, and so is its name.

-- before
CREATE FUNCTION big(bigint, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE FUNCTION back(bigint, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 - coalesce($2, 0)';
CREATE FUNCTION done(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION done(bigint, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION mine(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2';
CREATE TABLE t (id int);
CREATE AGGREGATE state(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE AGGREGATE start(int) (SFUNC = int4pl, STYPE = int);
CREATE AGGREGATE space(int) (SFUNC = int4pl, STYPE = int, SSPACE = 8);
CREATE AGGREGATE final(int) (SFUNC = big, STYPE = bigint, FINALFUNC = done, INITCOND = '0');
CREATE AGGREGATE moving(int) (SFUNC = big, STYPE = bigint, INITCOND = '0', MSFUNC = big, MINVFUNC = back, MSTYPE = bigint, MINITCOND = '0', MFINALFUNC = done);
CREATE AGGREGATE moved(int) (SFUNC = int4pl, STYPE = int, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int);
CREATE AGGREGATE most(int) (SFUNC = int4larger, STYPE = int, SORTOP = >);
CREATE AGGREGATE fewest(int) (SFUNC = int4smaller, STYPE = int);
CREATE AGGREGATE share(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE AGGREGATE named(a int) (SFUNC = int4pl, STYPE = int);

-- rows
INSERT INTO t VALUES (1);

-- after
DROP AGGREGATE state(int), start(int), space(int), final(int), moving(int), moved(int), most(int), fewest(int), named(int);
CREATE OPERATOR <<< (FUNCTION = mine, LEFTARG = int, RIGHTARG = int);
CREATE AGGREGATE state(int) (SFUNC = big, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE start(int) (SFUNC = int4pl, STYPE = int, INITCOND = '7');
CREATE AGGREGATE space(int) (SFUNC = int4pl, STYPE = int, SSPACE = 16, PARALLEL = SAFE);
CREATE AGGREGATE final(int) (SFUNC = big, STYPE = bigint, FINALFUNC = done, FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_WRITE, INITCOND = '0');
CREATE AGGREGATE moving(int) (SFUNC = big, STYPE = bigint, INITCOND = '0', MSFUNC = big, MINVFUNC = back, MSTYPE = bigint, MSSPACE = 16, MINITCOND = '1', MFINALFUNC = done, MFINALFUNC_EXTRA, MFINALFUNC_MODIFY = READ_WRITE);
CREATE AGGREGATE moved(int) (SFUNC = int4pl, STYPE = int, MSFUNC = big, MINVFUNC = back, MSTYPE = bigint, MINITCOND = '0', MFINALFUNC = int4);
CREATE AGGREGATE most(int) (SFUNC = int4larger, STYPE = int);
CREATE AGGREGATE fewest(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);
CREATE AGGREGATE named(b int) (SFUNC = int4pl, STYPE = int);

-- plan
DROP AGGREGATE dw__app__public.fewest(integer);
DROP AGGREGATE dw__app__public.final(integer);
DROP AGGREGATE dw__app__public.most(integer);
DROP AGGREGATE dw__app__public.moved(integer);
DROP AGGREGATE dw__app__public.moving(integer);
DROP AGGREGATE dw__app__public.named(a integer);
DROP AGGREGATE dw__app__public.space(integer);
DROP AGGREGATE dw__app__public.start(integer);
DROP AGGREGATE dw__app__public.state(integer);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.fewest(integer) (
    SFUNC = pg_catalog.int4smaller,
    STYPE = integer,
    SORTOP = OPERATOR(pg_catalog.<)
);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.final(integer) (
    SFUNC = dw__app__public.big,
    FINALFUNC = dw__app__public.done,
    STYPE = bigint,
    FINALFUNC_EXTRA,
    FINALFUNC_MODIFY = READ_WRITE,
    INITCOND = '0'
);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.most(integer) (
    SFUNC = pg_catalog.int4larger,
    STYPE = integer
);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.moved(integer) (
    SFUNC = pg_catalog.int4pl,
    MSFUNC = dw__app__public.big,
    MINVFUNC = dw__app__public.back,
    MFINALFUNC = pg_catalog.int4,
    STYPE = integer,
    MSTYPE = bigint,
    MINITCOND = '0'
);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.moving(integer) (
    SFUNC = dw__app__public.big,
    MSFUNC = dw__app__public.big,
    MINVFUNC = dw__app__public.back,
    MFINALFUNC = dw__app__public.done,
    STYPE = bigint,
    INITCOND = '0',
    MSTYPE = bigint,
    MSSPACE = 16,
    MFINALFUNC_EXTRA,
    MFINALFUNC_MODIFY = READ_WRITE,
    MINITCOND = '1'
);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.named(b integer) (
    SFUNC = pg_catalog.int4pl,
    STYPE = integer
);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.space(integer) (
    SFUNC = pg_catalog.int4pl,
    STYPE = integer,
    SSPACE = 16,
    PARALLEL = SAFE
);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.start(integer) (
    SFUNC = pg_catalog.int4pl,
    STYPE = integer,
    INITCOND = '7'
);
-- finding: changes_function transformable
CREATE AGGREGATE dw__app__public.state(integer) (
    SFUNC = dw__app__public.big,
    STYPE = bigint,
    INITCOND = '0'
);
CREATE OPERATOR dw__app__public.<<< (FUNCTION = dw__app__public.mine, LEFTARG = integer, RIGHTARG = integer);
