-- A default reads another sequence, and the first one goes.

-- before
CREATE SEQUENCE one;
CREATE TABLE t (a int DEFAULT nextval('one'));

-- rows
INSERT INTO t VALUES (1);

-- after
CREATE SEQUENCE two;
ALTER TABLE t ALTER a SET DEFAULT nextval('two');
DROP SEQUENCE one;
