-- counts: 1 rows hold NULL
-- refused: 23502
-- harmless: safe

-- before
CREATE DOMAIN d AS int; CREATE TABLE t (a d);

-- after
ALTER DOMAIN d SET NOT NULL;

-- rows that break it
INSERT INTO t VALUES (NULL), (1);

-- rows that do not
INSERT INTO t VALUES (1);
