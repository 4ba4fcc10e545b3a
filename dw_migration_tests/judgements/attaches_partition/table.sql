-- counts: 1 rows are out of place
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE w (a int) PARTITION BY RANGE (a); CREATE TABLE p (a int);

-- after
ALTER TABLE w ATTACH PARTITION p FOR VALUES FROM (0) TO (10);

-- rows that break it
INSERT INTO p VALUES (50), (5), (0);

-- rows that do not
INSERT INTO p VALUES (5), (0);
