-- One of the same name is about another table, of another schema.

-- before
CREATE SCHEMA other;
CREATE TABLE t (a int, b int);
CREATE TABLE other.u (a int, b int);
CREATE STATISTICS s ON a, b FROM t;

-- rows
INSERT INTO t VALUES (1, 2);

-- after
DROP STATISTICS s;
CREATE STATISTICS s ON a, b FROM other.u;

-- plan
DROP STATISTICS dw__app__public.s;
CREATE STATISTICS dw__app__public.s ON a, b FROM dw__app__other.u;
