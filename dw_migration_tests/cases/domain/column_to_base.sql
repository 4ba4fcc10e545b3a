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
