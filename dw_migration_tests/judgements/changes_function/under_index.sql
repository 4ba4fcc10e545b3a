-- readers: other rows

-- before
CREATE TABLE t (a int); CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + 1'; CREATE INDEX i ON t (f(a));

-- after
CREATE OR REPLACE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + 2';

-- rows that break it
INSERT INTO t SELECT n FROM generate_series(1, 9) n;

-- read
SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = on; SELECT a FROM t WHERE f(a) = 4;
