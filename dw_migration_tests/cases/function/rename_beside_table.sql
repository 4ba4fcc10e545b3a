-- A function gets another name while a table and a collation of the same name keep theirs.

-- before
CREATE FUNCTION x(a int) RETURNS int LANGUAGE sql IMMUTABLE RETURN a + 1;
CREATE COLLATION x (PROVIDER = libc, LOCALE = 'C');
CREATE TABLE x (id int PRIMARY KEY DEFAULT x(1), a text COLLATE x);
CREATE VIEW v AS SELECT x(x.id) AS a, x.a AS b FROM x;
CREATE TYPE r AS RANGE (SUBTYPE = integer);

-- rows
INSERT INTO x VALUES (1, 'y');

-- after
ALTER FUNCTION x RENAME TO "Called";

-- plan
-- finding: renames transformable
ALTER FUNCTION dw__app__public.x(integer) RENAME TO called;
