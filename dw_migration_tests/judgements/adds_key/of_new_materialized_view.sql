-- counts: 1 values come more than once
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int);

-- after
CREATE MATERIALIZED VIEW m AS SELECT a FROM t; CREATE UNIQUE INDEX i ON m (a);

-- rows that break it
INSERT INTO t VALUES (1), (1);

-- rows that do not
INSERT INTO t VALUES (1), (2);
