-- counts: 1 rows are to be looked at
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE w (a int, b int) PARTITION BY RANGE (a, b); CREATE TABLE p (a int, b int);

-- after
ALTER TABLE w ATTACH PARTITION p FOR VALUES FROM (0, 0) TO (10, 10);

-- rows that break it
INSERT INTO p VALUES (50, 1);

-- rows that do not

