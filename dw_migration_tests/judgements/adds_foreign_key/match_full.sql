-- counts: 1 rows name one that is not there
-- refused: 23503
-- harmless: safe

-- before
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE t (a int, b int, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p);

-- after
ALTER TABLE t DROP CONSTRAINT f; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p MATCH FULL;

-- rows that break it
INSERT INTO t VALUES (1, NULL), (NULL, NULL);

-- rows that do not
INSERT INTO t VALUES (NULL, NULL);
