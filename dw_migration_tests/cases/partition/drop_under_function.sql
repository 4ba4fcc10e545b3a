

-- before
CREATE TABLE t (id int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF t FOR VALUES FROM (1) TO (9);
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(id) FROM part; END;

-- after
DROP FUNCTION f;
DROP TABLE t;

-- plan
-- finding: drops_function breaking
DROP FUNCTION dw__app__public.f();
-- finding: drops_table breaking
DROP TABLE dw__app__public.t;
