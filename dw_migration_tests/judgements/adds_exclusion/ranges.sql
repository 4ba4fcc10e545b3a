-- counts: 1 rows besides the first could exclude others
-- refused: 23P01
-- harmless: safe

-- before
CREATE TABLE t (a int4range);

-- after
ALTER TABLE t ADD EXCLUDE USING gist (a WITH &&);

-- rows that break it
INSERT INTO t VALUES ('[1,5]'), ('[2,3]');

-- rows that do not
INSERT INTO t VALUES ('[1,5]');
