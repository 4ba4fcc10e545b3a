-- counts: 1 values come more than once
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE w (a int) PARTITION BY LIST (a); CREATE TABLE p PARTITION OF w DEFAULT;

-- after
ALTER TABLE w ADD UNIQUE (a);

-- rows that break it
INSERT INTO w VALUES (1), (1);

-- rows that do not
INSERT INTO w VALUES (1), (2);
