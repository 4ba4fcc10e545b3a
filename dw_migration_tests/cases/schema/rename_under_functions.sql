-- What calls its functions, in another schema, stays as it is.

-- before
CREATE SCHEMA tools;
CREATE FUNCTION tools.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION tools.plus(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE AGGREGATE total(int) (SFUNC = tools.plus, STYPE = int);
CREATE TABLE t (a int DEFAULT tools.f(1) CHECK (tools.f(a) > 0));
CREATE VIEW v AS SELECT total(tools.f(a)) AS n FROM t;

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER SCHEMA tools RENAME TO kit;

-- plan
-- finding: renames transformable
ALTER SCHEMA dw__app__tools RENAME TO dw__app__kit;
