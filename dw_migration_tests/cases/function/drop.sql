-- A function goes with what stood on it.

-- before
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE t (id int DEFAULT f());

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ALTER id DROP DEFAULT;
DROP FUNCTION f();

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN id DROP DEFAULT;
-- finding: drops_function breaking
DROP FUNCTION dw__app__public.f();
