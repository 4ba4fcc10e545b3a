-- counts: 1 rows are there, and a column of it is new or changes its type
-- refused: 23503
-- harmless: safe

-- before
CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int);

-- after
ALTER TABLE t ADD b int DEFAULT 5; ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES p;

-- rows that break it
INSERT INTO t VALUES (1);

-- rows that do not

