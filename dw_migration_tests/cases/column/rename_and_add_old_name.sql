-- A column gets another name, and a new one its old name.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t RENAME a TO b;
ALTER TABLE t ADD a text;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN a TO b;
ALTER TABLE dw__app__public.t ADD COLUMN a text;
