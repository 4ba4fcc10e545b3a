-- A comment goes.

-- before
CREATE FUNCTION f(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT f(1));
COMMENT ON FUNCTION f(int, int) IS 'adds';

-- rows
INSERT INTO t VALUES (1, 5);

-- after
COMMENT ON FUNCTION f(int, int) IS NULL;

-- plan
COMMENT ON FUNCTION dw__app__public.f(integer, integer) IS NULL;
