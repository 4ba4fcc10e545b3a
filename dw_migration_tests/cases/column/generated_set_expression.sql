-- PostgreSQL 17 changes an expression in place.
-- needs: 17

-- before
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
CREATE INDEX t_b ON t (b);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ALTER b SET EXPRESSION AS (a * 3);
