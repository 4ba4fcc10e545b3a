-- PostgreSQL 18 gives NOT NULL a name.
-- needs: 18

-- before
CREATE TABLE t (a int CONSTRAINT must NOT NULL, b int);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t ADD CONSTRAINT shall NOT NULL b;
ALTER TABLE t ADD c int CONSTRAINT too NOT NULL DEFAULT 1;
ALTER TABLE t RENAME CONSTRAINT must TO has_to;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ALTER COLUMN b SET NOT NULL;
ALTER TABLE dw__app__public.t ADD COLUMN c integer DEFAULT 1 NOT NULL;
