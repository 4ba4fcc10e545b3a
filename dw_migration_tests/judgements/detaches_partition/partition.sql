-- counts: 1 rows leave the whole
-- loses: w
-- readers: other rows
-- harmless: transformable

-- before
CREATE TABLE w (a int) PARTITION BY LIST (a); CREATE TABLE p PARTITION OF w FOR VALUES IN (1);

-- after
ALTER TABLE w DETACH PARTITION p;

-- rows that break it
INSERT INTO w VALUES (1);

-- rows that do not


-- read
SELECT * FROM w;
