-- readers: 42703

-- before
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED);

-- after
ALTER TABLE t DROP b;

-- rows that break it
INSERT INTO t VALUES (1);

-- read
SELECT b FROM t;
