-- counts: 1 values come more than once
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int); CREATE INDEX i ON t (a);

-- after
DROP INDEX i; CREATE UNIQUE INDEX i ON t (a);

-- rows that break it
INSERT INTO t VALUES (1), (1);

-- rows that do not
INSERT INTO t VALUES (1), (2);
