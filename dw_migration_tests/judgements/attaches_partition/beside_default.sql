-- counts: 1 rows are out of place
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE w (a int) PARTITION BY LIST (a); CREATE TABLE d PARTITION OF w DEFAULT;

-- after
CREATE TABLE p PARTITION OF w FOR VALUES IN (1);

-- rows that break it
INSERT INTO w VALUES (1), (2);

-- rows that do not
INSERT INTO w VALUES (2);
