-- counts: 1 rows besides the first could be equal to others
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int);

-- after
CREATE UNIQUE INDEX i ON t (a) NULLS NOT DISTINCT;

-- rows that break it
INSERT INTO t VALUES (NULL), (NULL);

-- rows that do not
INSERT INTO t VALUES (NULL);
