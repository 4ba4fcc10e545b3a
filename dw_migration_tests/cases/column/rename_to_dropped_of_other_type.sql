-- A column gets the name of a dropped one of another type, with another check.

-- before
CREATE TABLE t (id int PRIMARY KEY, a text CHECK (a <> ''), b int CHECK (b > 0));

-- rows
INSERT INTO t VALUES (1, 'x', 3);

-- after
ALTER TABLE t DROP b;
ALTER TABLE t RENAME a TO b;
