-- counts: 1 rows name one that is not there
-- refused: 23503
-- harmless: safe

-- before
CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int); CREATE TABLE q (id int PRIMARY KEY); ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p;

-- after
ALTER TABLE t DROP CONSTRAINT f; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES q;

-- rows that break it
INSERT INTO p VALUES (1); INSERT INTO t VALUES (1);

-- rows that do not
INSERT INTO p VALUES (1); INSERT INTO q VALUES (1); INSERT INTO t VALUES (1);
