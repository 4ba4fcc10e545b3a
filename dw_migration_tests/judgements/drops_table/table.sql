-- counts: 2 rows would go
-- loses: t
-- harmless: breaking

-- before
CREATE TABLE t (a int); CREATE TABLE other (a int);

-- after
DROP TABLE t;

-- rows that break it
INSERT INTO t VALUES (1), (2);

-- rows that do not
INSERT INTO other VALUES (1);
