-- counts: 1 rows name one that is not there
-- refused: 23503
-- harmless: safe

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);

-- after
ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES t;

-- rows that break it
INSERT INTO t VALUES (1, 2);

-- rows that do not
INSERT INTO t VALUES (1, 1);
