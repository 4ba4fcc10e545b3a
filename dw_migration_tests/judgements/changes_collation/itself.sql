-- on the older server: nondeterministic collations are ICU's
-- counts: 1 rows besides the first could be equal to others
-- refused: 23505
-- harmless: transformable

-- before
CREATE COLLATION ci (PROVIDER = icu, LOCALE = 'und-u-ks-level2'); CREATE TABLE t (a text COLLATE ci UNIQUE);

-- after
ALTER TABLE t ALTER a TYPE text; DROP COLLATION ci; CREATE COLLATION ci (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false); ALTER TABLE t ALTER a TYPE text COLLATE ci;

-- rows that break it
INSERT INTO t VALUES ('a'), ('A');

-- rows that do not
INSERT INTO t VALUES ('a');
