-- refused: 0A000

-- before
CREATE DOMAIN d AS int; CREATE TABLE t (a d[]);

-- after
ALTER TABLE t ALTER a TYPE int[]; ALTER DOMAIN d SET NOT NULL; ALTER TABLE t ALTER a TYPE d[];

-- rows that break it
INSERT INTO t VALUES ('{1,NULL}');
