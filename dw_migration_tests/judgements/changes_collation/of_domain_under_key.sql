-- on the older server: nondeterministic collations are ICU's
-- counts: 1 rows besides the first could be equal to others
-- refused: 23505
-- harmless: transformable

-- before
CREATE COLLATION ci (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false); CREATE DOMAIN d AS text; CREATE TABLE t (a d UNIQUE);

-- after
ALTER TABLE t ALTER a TYPE text; DROP DOMAIN d; CREATE DOMAIN d AS text COLLATE ci; ALTER TABLE t ALTER a TYPE d;

-- rows that break it
INSERT INTO t VALUES ('a'), ('A');

-- rows that do not
INSERT INTO t VALUES ('a');
