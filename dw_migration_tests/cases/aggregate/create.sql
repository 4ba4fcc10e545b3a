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
CREATE AGGREGATE least(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);
CREATE AGGREGATE share(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
COMMENT ON AGGREGATE "Total"(int) IS 'all of it';
CREATE VIEW v AS SELECT "Total"(id) AS n FROM t;
