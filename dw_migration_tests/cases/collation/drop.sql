-- Its columns go back to that of their type; its comment goes along.

-- before
CREATE COLLATION own (PROVIDER = libc, LOCALE = 'C');
COMMENT ON COLLATION own IS 'ours';
CREATE TABLE t (a text COLLATE own);
CREATE INDEX i ON t (a);

-- rows
INSERT INTO t VALUES ('y');

-- after
ALTER TABLE t ALTER a TYPE text;
DROP COLLATION own;

-- plan
DROP INDEX dw__app__public.i;
-- finding: changes_collation transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE text;
-- finding: drops_type transformable
DROP COLLATION dw__app__public.own;
CREATE INDEX i ON dw__app__public.t USING btree (a);
