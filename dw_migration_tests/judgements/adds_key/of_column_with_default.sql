-- counts: 1 rows besides the first could be equal to others
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int);

-- after
ALTER TABLE t ADD b int DEFAULT 1; ALTER TABLE t ADD UNIQUE (b);

-- rows that break it
INSERT INTO t VALUES (2), (3);

-- rows that do not
INSERT INTO t VALUES (2);
