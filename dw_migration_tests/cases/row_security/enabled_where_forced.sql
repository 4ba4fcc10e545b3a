-- It was forced upon the owner already, and was not enabled.

-- before
CREATE TABLE t (id int);
ALTER TABLE t FORCE ROW LEVEL SECURITY;

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ENABLE ROW LEVEL SECURITY;

-- plan
-- finding: hides_rows breaking
ALTER TABLE dw__app__public.t ENABLE ROW LEVEL SECURITY;
