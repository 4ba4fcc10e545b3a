-- What the warehouse's own people made stays, and stands in nobody's way.

-- before
CREATE TABLE t (id int PRIMARY KEY, n int);

-- rows
INSERT INTO t VALUES (1, 2);

-- target
CREATE INDEX mine ON dw__app__public.t (id, n);

-- after
ALTER TABLE t RENAME n TO m;
ALTER TABLE t ADD x int;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN n TO m;
ALTER TABLE dw__app__public.t ADD COLUMN x integer;
