-- loses: t.a

-- before
CREATE TYPE c AS (x int, y int); CREATE TABLE t (a c);

-- after
ALTER TYPE c DROP ATTRIBUTE y;

-- rows that break it
INSERT INTO t VALUES (ROW(1, 2));
