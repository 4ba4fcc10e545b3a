-- counts: 1 values come more than once
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int, b int); CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t; CREATE UNIQUE INDEX i ON m (a);

-- after
DROP MATERIALIZED VIEW m; ALTER TABLE t ALTER b TYPE bigint; CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t; CREATE UNIQUE INDEX i ON m (a);

-- rows that break it
INSERT INTO t VALUES (1), (1);

-- rows that do not
INSERT INTO t VALUES (1), (2);
