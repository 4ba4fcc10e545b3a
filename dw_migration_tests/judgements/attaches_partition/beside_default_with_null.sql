-- PostgreSQL itself does not look for such rows where the list has NULL, and queries do not find them any more.
-- counts: 1 rows are out of place
-- readers: other rows
-- harmless: safe

-- before
CREATE TABLE w (a int) PARTITION BY LIST (a); CREATE TABLE d PARTITION OF w DEFAULT;

-- after
CREATE TABLE p PARTITION OF w FOR VALUES IN (1, NULL);

-- rows that break it
INSERT INTO w VALUES (1), (2);

-- rows that do not
INSERT INTO w VALUES (2);

-- read
SELECT a FROM w WHERE a = 1;
