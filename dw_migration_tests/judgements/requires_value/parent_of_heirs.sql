-- counts: 1 rows hold NULL
-- refused: 23502
-- harmless: safe

-- before
CREATE TABLE t (a int, b int); CREATE TABLE heir () INHERITS (t);

-- after
ALTER TABLE t ALTER b SET NOT NULL;

-- rows that break it
INSERT INTO heir VALUES (1, NULL);

-- rows that do not
INSERT INTO heir VALUES (1, 1);
