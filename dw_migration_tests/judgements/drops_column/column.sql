-- counts: 1 rows hold a value
-- loses: t.b
-- harmless: breaking

-- before
CREATE TABLE t (a int, b int);

-- after
ALTER TABLE t DROP b;

-- rows that break it
INSERT INTO t VALUES (1, 1), (2, NULL);

-- rows that do not
INSERT INTO t VALUES (1, NULL);
