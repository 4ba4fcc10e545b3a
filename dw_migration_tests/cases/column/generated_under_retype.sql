-- What a generated column stands on gets another type.

-- before
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
CREATE INDEX t_b ON t (b);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t DROP b;
ALTER TABLE t ALTER a TYPE bigint;
ALTER TABLE t ADD b bigint GENERATED ALWAYS AS (a * 2) STORED;
CREATE INDEX t_b ON t (b);
