-- An aggregate, and the function that it calls, get other names.

-- before
CREATE FUNCTION plus(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a + b';
CREATE AGGREGATE total(int) (SFUNC = plus, STYPE = int, INITCOND = '0');
CREATE TABLE t (id int PRIMARY KEY);
CREATE VIEW v AS SELECT total(id) AS total FROM t;

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER FUNCTION plus RENAME TO adds;
ALTER AGGREGATE total(int) RENAME TO "Sum";

-- plan
-- finding: renames transformable
ALTER AGGREGATE dw__app__public.total(integer) RENAME TO sum;
-- finding: renames transformable
ALTER FUNCTION dw__app__public.plus(integer, integer) RENAME TO adds;
