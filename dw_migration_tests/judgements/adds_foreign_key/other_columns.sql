-- counts: 1 rows name one that is not there
-- refused: 23503
-- harmless: safe

-- before
CREATE TABLE p (id int PRIMARY KEY, n int UNIQUE); CREATE TABLE t (a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id));

-- after
ALTER TABLE t DROP CONSTRAINT f; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (n);

-- rows that break it
INSERT INTO p VALUES (1, 2); INSERT INTO t VALUES (1);

-- rows that do not
INSERT INTO p VALUES (1, 1); INSERT INTO t VALUES (1);
