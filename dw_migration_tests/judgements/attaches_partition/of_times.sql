-- counts: 2 rows are out of place
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE w (a timestamptz) PARTITION BY RANGE (a); CREATE TABLE p (a timestamptz);

-- after
ALTER TABLE w ATTACH PARTITION p FOR VALUES FROM (MINVALUE) TO ('2024-01-01');

-- rows that break it
INSERT INTO p VALUES ('2024-01-01 00:00Z'), ('2023-12-31 23:59Z'), (NULL);

-- rows that do not
INSERT INTO p VALUES ('2023-12-31 23:59Z');
