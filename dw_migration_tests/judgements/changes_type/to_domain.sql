-- refused: 23514

-- before
CREATE DOMAIN pos AS int CHECK (VALUE > 0); CREATE TABLE t (a int);

-- after
ALTER TABLE t ALTER a TYPE pos;

-- rows that break it
INSERT INTO t VALUES (-1);
