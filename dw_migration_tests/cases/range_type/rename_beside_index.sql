-- A renamed type leaves an index, its comment, its mark and statistics of the same name as they are.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int);
CREATE UNIQUE INDEX x ON t (a);
CREATE STATISTICS x ON a, b FROM t;
COMMENT ON INDEX x IS 'of a';
COMMENT ON STATISTICS x IS 'of both';
ALTER TABLE t CLUSTER ON x;
ALTER TABLE t REPLICA IDENTITY USING INDEX x;
CREATE TYPE x AS RANGE (SUBTYPE = date);

-- rows
INSERT INTO t VALUES (1, 2, 3);

-- after
ALTER TYPE x RENAME TO y;

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.x RENAME TO y;
