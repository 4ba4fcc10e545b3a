-- Another collation, of another schema.

-- before
CREATE SCHEMA other;
CREATE COLLATION own (PROVIDER = libc, LOCALE = 'C');
CREATE COLLATION other.own (PROVIDER = libc, LOCALE = 'C');
CREATE DOMAIN word AS text COLLATE own;
CREATE TABLE t (w word UNIQUE);

-- rows
INSERT INTO t VALUES ('x'), ('X');

-- after
ALTER TABLE t ALTER w TYPE text;
DROP DOMAIN word;
CREATE DOMAIN word AS text COLLATE other.own;
ALTER TABLE t ALTER w TYPE word;

-- plan
-- finding: changes_collation transformable
ALTER DOMAIN dw__app__public.word RENAME TO word__before;
CREATE DOMAIN dw__app__public.word AS text COLLATE dw__app__other.own;
ALTER TABLE dw__app__public.t ALTER COLUMN w TYPE dw__app__public.word USING w::text::dw__app__public.word;
DROP DOMAIN dw__app__public.word__before;
