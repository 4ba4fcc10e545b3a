-- needs: 18
-- counts: 1 rows besides the first could be equal to others
-- refused: 23P01
-- harmless: safe

-- before
CREATE TABLE t (b int4range, a int4range, CONSTRAINT k UNIQUE (b, a));

-- after
ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k UNIQUE (b, a WITHOUT OVERLAPS);

-- rows that break it
INSERT INTO t VALUES ('[1,1]', '[1,5]'), ('[1,1]', '[2,3]');

-- rows that do not
INSERT INTO t VALUES ('[1,1]', '[1,5]');
