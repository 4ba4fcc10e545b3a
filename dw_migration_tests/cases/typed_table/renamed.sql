-- An attribute gets another name, and so do the columns of its tables; the type and a table do as well.

-- before
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t OF pair (CHECK (a > 0));
CREATE INDEX i ON t (a);

-- rows
INSERT INTO t VALUES (1, 'x');

-- after
ALTER TYPE pair RENAME ATTRIBUTE a TO number CASCADE;
ALTER TYPE pair RENAME TO twin;
ALTER TABLE t RENAME TO twins;

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.pair RENAME TO twin;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME TO twins;
-- finding: renames transformable
ALTER TYPE dw__app__public.twin RENAME ATTRIBUTE a TO number CASCADE;
-- finding: renames transformable
