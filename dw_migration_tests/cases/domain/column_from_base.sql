-- A column gets a domain over its type.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 4, b int[]);
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES (1, 5, '{3}');

-- after
CREATE DOMAIN amount AS int CHECK (VALUE > 0);
ALTER TABLE t ALTER a TYPE amount, ALTER b TYPE amount[];

-- error
Unsupported: domain dw__app__public.amount cannot change without dropping column dw__app__public.t.a, which holds rows: change it by a hand-written revision
