-- A column leaves its domain for the type under it.

-- before
CREATE DOMAIN amount AS int CHECK (VALUE > 0);
CREATE TABLE t (id int PRIMARY KEY, a amount DEFAULT 4);
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES (1, 5);

-- after
ALTER TABLE t ALTER a TYPE int;
DROP DOMAIN amount;

-- error
Unsupported: domain dw__app__public.amount cannot change without dropping column dw__app__public.t.a, which holds rows: change it by a hand-written revision
