-- Columns' names are somebody else's text.

-- before
CREATE TABLE t ("a""b" int DEFAULT 1, "c'd" text DEFAULT 'x''y', "%s" int, "{}" int, "select" int, "a b.c" int CHECK ("a b.c" > 0));
CREATE INDEX ON t ("a""b", ("%s" + "{}"));

-- rows
INSERT INTO t VALUES (1, 'x', 3, 4, 5, 6);

-- after
ALTER TABLE t RENAME "a""b" TO "$$:x";
ALTER TABLE t RENAME "a b.c" TO ";--";
ALTER TABLE t ALTER "select" TYPE bigint;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN "a b.c" TO ";--";
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN "a""b" TO "$$:x";
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN "select" TYPE bigint;
