-- A column gets the name of a dropped one of another type, with another check.
-- loses: t.b

-- before
CREATE TABLE t (id int PRIMARY KEY, a text CHECK (a <> ''), b int CHECK (b > 0));

-- rows
INSERT INTO t VALUES (1, 'x', 3);

-- after
ALTER TABLE t DROP b;
ALTER TABLE t RENAME a TO b;

-- plan
ALTER TABLE dw__app__public.t RENAME COLUMN b TO b__dropped;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN a TO b;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_b_check;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN b__dropped;
