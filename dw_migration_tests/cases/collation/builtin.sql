-- needs: 17
-- Of PostgreSQL itself.

-- before
CREATE TABLE t (a text);

-- rows
INSERT INTO t VALUES ('ä');

-- after
CREATE COLLATION own (PROVIDER = builtin, LOCALE = 'C.UTF-8');
ALTER TABLE t ALTER a TYPE text COLLATE own;
CREATE INDEX i ON t (a);

-- plan
CREATE COLLATION dw__app__public.own (PROVIDER = builtin, LOCALE = 'C.UTF-8');
-- finding: changes_collation transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE text COLLATE dw__app__public.own;
CREATE INDEX i ON dw__app__public.t USING btree (a);
