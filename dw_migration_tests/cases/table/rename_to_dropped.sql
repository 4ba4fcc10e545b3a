-- A table gets the name of one that is dropped in the same step.
-- loses: b

-- before
CREATE TABLE w (id int PRIMARY KEY);
CREATE TABLE v (id int PRIMARY KEY);
CREATE TABLE a (x int PRIMARY KEY);
CREATE TABLE b (y int PRIMARY KEY);

-- rows
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (2);

-- after
DROP TABLE b;
ALTER TABLE a RENAME TO b;

-- plan
ALTER TABLE dw__app__public.b RENAME TO b__dropped;
-- finding: renames transformable
ALTER TABLE dw__app__public.a RENAME TO b;
-- finding: drops_table breaking
DROP TABLE dw__app__public.b__dropped;
