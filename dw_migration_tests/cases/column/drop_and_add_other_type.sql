-- A column that was dropped and added again with another type.
-- loses: t.a

-- before
CREATE TABLE t (id int PRIMARY KEY, a text);

-- rows
INSERT INTO t VALUES (1, 'x');

-- after
ALTER TABLE t DROP a;
ALTER TABLE t ADD a int;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN a;
ALTER TABLE dw__app__public.t ADD COLUMN a integer;
