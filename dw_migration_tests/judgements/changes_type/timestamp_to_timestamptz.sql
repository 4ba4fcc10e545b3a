-- loses: t.a

-- before
CREATE TABLE t (a timestamp);

-- after
ALTER TABLE t ALTER a TYPE timestamptz;

-- rows that break it
INSERT INTO t VALUES ('2024-01-01');
