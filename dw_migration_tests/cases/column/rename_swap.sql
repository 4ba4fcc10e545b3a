-- Two columns exchange their names: their numbers win.

-- before
CREATE TABLE t (a int, b text, CHECK (a > 0), CHECK (b <> ''));
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES (1, 'x');

-- after
ALTER TABLE t RENAME a TO c;
ALTER TABLE t RENAME b TO a;
ALTER TABLE t RENAME c TO b;

-- plan
ALTER TABLE dw__app__public.t RENAME COLUMN a TO b__moving;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN b TO a;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN b__moving TO b;
