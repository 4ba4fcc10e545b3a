-- A column of a table whose row type another table's column is of: that one goes before, and comes back after.
-- rows differ
-- loses: a.t

-- before
CREATE TABLE t (id int PRIMARY KEY, b int);
CREATE TABLE a (id int PRIMARY KEY, t t);

-- rows
INSERT INTO t VALUES (1, 2);
INSERT INTO a VALUES (1, (1, 2));

-- after
ALTER TABLE a DROP COLUMN t;
ALTER TABLE t ALTER b TYPE bigint;
ALTER TABLE a ADD COLUMN t t;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.a DROP COLUMN t;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE bigint;
ALTER TABLE dw__app__public.a ADD COLUMN t dw__app__public.t;
