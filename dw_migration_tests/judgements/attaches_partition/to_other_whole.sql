-- counts: 1 rows are out of place
-- refused: 23514
-- harmless: safe
-- differs: w

-- before
CREATE TABLE w (a int) PARTITION BY LIST (a); CREATE TABLE v (a int) PARTITION BY RANGE (a); CREATE TABLE p PARTITION OF w FOR VALUES IN (1, 5);

-- after
ALTER TABLE w DETACH PARTITION p; ALTER TABLE v ATTACH PARTITION p FOR VALUES FROM (5) TO (6);

-- rows that break it
INSERT INTO p VALUES (1), (5);

-- rows that do not
INSERT INTO p VALUES (5);
