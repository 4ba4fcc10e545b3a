-- Another collation.

-- before
CREATE TABLE t (a text, b text COLLATE "C");
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES ('x', 'y');

-- after
ALTER TABLE t ALTER a TYPE text COLLATE "C", ALTER b TYPE text COLLATE "default";

-- plan
-- finding: changes_collation transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE text COLLATE "C";
-- finding: changes_collation transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE text;
