-- counts: 1 rows are to be looked at
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE w (a int, b int) PARTITION BY LIST (a); CREATE TABLE x PARTITION OF w FOR VALUES IN (1) PARTITION BY LIST (b); CREATE TABLE p (a int, b int);

-- after
ALTER TABLE x ATTACH PARTITION p FOR VALUES IN (5);

-- rows that break it
INSERT INTO p VALUES (2, 5);

-- rows that do not

