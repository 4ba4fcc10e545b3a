-- counts: 1 rows name one that is not there
-- refused: 23503
-- harmless: safe

-- before
CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p NOT VALID;

-- after
ALTER TABLE t VALIDATE CONSTRAINT f;

-- rows that break it
ALTER TABLE t DISABLE TRIGGER ALL; INSERT INTO t VALUES (7);

-- rows that do not
INSERT INTO p VALUES (1); INSERT INTO t VALUES (1);
