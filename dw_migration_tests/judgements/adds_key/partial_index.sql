-- counts: 1 values come more than once
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int, b int);

-- after
CREATE UNIQUE INDEX ON t (a) WHERE b > 0;

-- rows that break it
INSERT INTO t VALUES (1, 1), (1, 2);

-- rows that do not
INSERT INTO t VALUES (1, 1), (1, 0);
