-- Another collation is another domain.

-- before
CREATE DOMAIN code AS text COLLATE "C";
CREATE TABLE t (a code);

-- rows
INSERT INTO t VALUES ('x');

-- after
ALTER DOMAIN code RENAME TO code_old;
CREATE DOMAIN code AS text COLLATE "POSIX";
ALTER TABLE t ALTER a TYPE code;
DROP DOMAIN code_old;

-- plan
-- finding: changes_collation transformable
ALTER DOMAIN dw__app__public.code RENAME TO code__before;
CREATE DOMAIN dw__app__public.code AS text COLLATE pg_catalog."POSIX";
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE dw__app__public.code USING a::text::dw__app__public.code;
DROP DOMAIN dw__app__public.code__before;
