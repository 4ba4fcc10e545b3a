-- It stays the same one, and what stands on it is not touched.

-- before
CREATE COLLATION own (PROVIDER = libc, LOCALE = 'C');
CREATE TABLE t (a text COLLATE own CHECK (a > 'x' COLLATE own));
CREATE INDEX i ON t (a);
CREATE VIEW v AS SELECT a COLLATE own AS b FROM t;

-- rows
INSERT INTO t VALUES ('y');

-- after
ALTER COLLATION own RENAME TO "Ours";

-- plan
-- finding: renames transformable
ALTER COLLATION dw__app__public.own RENAME TO ours;
