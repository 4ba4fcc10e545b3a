-- counts: 1 rows are out of place
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE w (a int) PARTITION BY LIST (a); CREATE TABLE p PARTITION OF w FOR VALUES IN (1, 2);

-- after
ALTER TABLE w DETACH PARTITION p; ALTER TABLE w ATTACH PARTITION p FOR VALUES IN (2, 3);

-- rows that break it
INSERT INTO p VALUES (1), (2);

-- rows that do not
INSERT INTO p VALUES (2);
