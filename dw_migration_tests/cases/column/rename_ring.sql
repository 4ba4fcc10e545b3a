-- Three columns exchange their names in a ring.

-- before
CREATE TABLE t (a int, b text, c date);

-- rows
INSERT INTO t VALUES (1, 'x', '2020-01-01');

-- after
ALTER TABLE t RENAME a TO d;
ALTER TABLE t RENAME c TO a;
ALTER TABLE t RENAME b TO c;
ALTER TABLE t RENAME d TO b;

-- plan
ALTER TABLE dw__app__public.t RENAME COLUMN a TO b__moving;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN c TO a;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN b TO c;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN b__moving TO b;
