-- counts: 1 rows hold NULL
-- refused: 23502
-- harmless: safe

-- before
CREATE TABLE w (a int, b int) PARTITION BY LIST (a); CREATE TABLE p PARTITION OF w FOR VALUES IN (1);

-- after
ALTER TABLE p ALTER b SET NOT NULL;

-- rows that break it
INSERT INTO w VALUES (1, NULL), (1, 1);

-- rows that do not
INSERT INTO w VALUES (1, 1);
