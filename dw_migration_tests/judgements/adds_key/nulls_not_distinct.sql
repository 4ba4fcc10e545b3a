-- counts: 1 values come more than once
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int, CONSTRAINT k UNIQUE (a));

-- after
ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a);

-- rows that break it
INSERT INTO t VALUES (NULL), (NULL);

-- rows that do not
INSERT INTO t VALUES (NULL), (1);
