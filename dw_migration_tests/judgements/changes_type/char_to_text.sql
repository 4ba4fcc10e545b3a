-- readers: other rows

-- before
CREATE TABLE t (a char(5));

-- after
ALTER TABLE t ALTER a TYPE text;

-- rows that break it
INSERT INTO t VALUES ('ab');

-- read
SELECT octet_length(a) FROM t;
