-- A column gets the name of one that is dropped in the same step.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 1, b int DEFAULT 2);
CREATE INDEX t_b ON t (b);

-- rows
INSERT INTO t VALUES (1, 2, 3);

-- after
ALTER TABLE t DROP b;
ALTER TABLE t RENAME a TO b;
