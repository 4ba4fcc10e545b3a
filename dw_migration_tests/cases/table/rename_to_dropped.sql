-- A table gets the name of one that is dropped in the same step.

-- before
CREATE TABLE a (x int PRIMARY KEY);
CREATE TABLE b (y int PRIMARY KEY);

-- rows
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (2);

-- after
DROP TABLE b;
ALTER TABLE a RENAME TO b;
