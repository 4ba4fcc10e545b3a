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
