-- refused: 22003

-- before
CREATE TYPE c AS (x bigint); CREATE TABLE t (a c);

-- after
ALTER TABLE t ALTER a TYPE text; DROP TYPE c; CREATE TYPE c AS (x int); ALTER TABLE t ALTER a TYPE c USING a::c;

-- rows that break it
INSERT INTO t VALUES (ROW(3000000000));
