-- counts: 1 rows name one that is not there
-- refused: 23503
-- harmless: safe

-- before
CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int); CREATE TABLE heir () INHERITS (p);

-- after
ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p;

-- rows that break it
INSERT INTO heir VALUES (1); INSERT INTO t VALUES (1);

-- rows that do not
INSERT INTO p VALUES (1); INSERT INTO t VALUES (1);
