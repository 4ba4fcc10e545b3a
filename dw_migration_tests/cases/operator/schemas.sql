-- Of another schema, and of one that is renamed.

-- before
CREATE SCHEMA "Ops";
CREATE FUNCTION "Ops".f(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2';
CREATE OPERATOR "Ops".<<< (FUNCTION = "Ops".f, LEFTARG = int, RIGHTARG = int);
CREATE TABLE t (a int CHECK (a OPERATOR("Ops".<<<) 5));
CREATE VIEW v AS SELECT a FROM t x WHERE x.a OPERATOR("Ops".<<<) 3 ORDER BY a;

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER SCHEMA "Ops" RENAME TO operators;

-- plan
-- finding: renames transformable
ALTER SCHEMA dw__app__ops RENAME TO dw__app__operators;
