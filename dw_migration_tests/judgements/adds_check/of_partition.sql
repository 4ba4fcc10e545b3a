-- counts: 1 rows do not fulfil it
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE w (a int, b int) PARTITION BY LIST (a); CREATE TABLE p PARTITION OF w DEFAULT;

-- after
ALTER TABLE p ADD CHECK (b > 0);

-- rows that break it
INSERT INTO w VALUES (1, 0), (1, 1);

-- rows that do not
INSERT INTO w VALUES (1, 1);
