-- A renamed column stays in all that stands on it.

-- before
CREATE EXTENSION btree_gist;
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 1 CHECK (a > 0), b int, twice int GENERATED ALWAYS AS (a * 2) STORED,
    UNIQUE (a, b), EXCLUDE USING gist (a WITH =, b WITH <>) WHERE (a > 5));
CREATE TABLE u (id int PRIMARY KEY, x int, y int, FOREIGN KEY (x, y) REFERENCES t (a, b) ON DELETE SET NULL);
CREATE INDEX t_a ON t (a);
CREATE INDEX t_expression ON t ((a + b), b) INCLUDE (a) WHERE a > 0;
COMMENT ON COLUMN t.a IS 'a';

-- rows
INSERT INTO t VALUES (1, 2, 3);
INSERT INTO u VALUES (1, 2, 3);

-- after
ALTER TABLE t RENAME a TO "New";
ALTER TABLE u RENAME x TO z;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN a TO new;
-- finding: renames transformable
ALTER TABLE dw__app__public.u RENAME COLUMN x TO z;
