-- readers: other rows

-- before
CREATE ROLE case_reader; CREATE TABLE t (a int); GRANT USAGE ON SCHEMA public TO case_reader; GRANT SELECT ON t TO case_reader;

-- after
ALTER TABLE t ENABLE ROW LEVEL SECURITY;

-- rows that break it
INSERT INTO t VALUES (1);

-- read
SET LOCAL ROLE case_reader; SELECT * FROM t;
