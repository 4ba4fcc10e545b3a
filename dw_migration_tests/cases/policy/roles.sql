-- For other roles.
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE TABLE t (id int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t TO case_reader USING (id > 0);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER POLICY p ON t TO case_writer;

-- plan
-- finding: hides_rows breaking
ALTER POLICY p ON dw__app__public.t TO case_writer;
