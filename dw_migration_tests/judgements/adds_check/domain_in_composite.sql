-- refused: 0A000

-- before
CREATE DOMAIN d AS int; CREATE TYPE pair AS (x d); CREATE TABLE t (a pair);

-- after
ALTER TABLE t ALTER a TYPE text; ALTER DOMAIN d ADD CHECK (VALUE > 0); ALTER TABLE t ALTER a TYPE pair USING a::pair;

-- rows that break it
INSERT INTO t VALUES (ROW(-1));
