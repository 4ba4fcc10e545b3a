-- refused: 22P02

-- before
CREATE TABLE t (a text);

-- after
ALTER TABLE t ALTER a TYPE int[] USING a::int[];

-- rows that break it
INSERT INTO t VALUES ('x');
