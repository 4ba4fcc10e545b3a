-- counts: 1 values come more than once
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int NOT NULL);

-- after
ALTER TABLE t ADD PRIMARY KEY (a);

-- rows that break it
INSERT INTO t VALUES (1), (1);

-- rows that do not
INSERT INTO t VALUES (1), (2);
