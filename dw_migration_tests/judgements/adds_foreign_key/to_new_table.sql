-- counts: 1 rows name one that is not there
-- refused: 23503
-- harmless: safe

-- before
CREATE TABLE t (a int);

-- after
CREATE TABLE p (id int PRIMARY KEY); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p;

-- rows that break it
INSERT INTO t VALUES (1), (NULL);

-- rows that do not
INSERT INTO t VALUES (NULL);
