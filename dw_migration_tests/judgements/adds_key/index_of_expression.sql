-- counts: 1 rows besides the first could be equal to others
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a text);

-- after
CREATE UNIQUE INDEX ON t (lower(a));

-- rows that break it
INSERT INTO t VALUES ('A'), ('a');

-- rows that do not
INSERT INTO t VALUES ('A');
