-- What is revoked on a table is revoked on its columns, too: what the role may do with those is granted again.
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE TABLE a (id int, x int);
CREATE TABLE b (id int, x int);
CREATE TABLE c (id int, x int);
GRANT REFERENCES (id), SELECT (x) ON a TO case_reader;
GRANT SELECT (id) ON b TO case_reader;
GRANT SELECT ON b TO case_reader;
GRANT SELECT, UPDATE ON c TO case_reader;

-- after
GRANT ALL ON a TO case_reader;
REVOKE SELECT ON b FROM case_reader;
GRANT SELECT (x) ON b TO case_reader;
REVOKE UPDATE ON c FROM case_reader;
GRANT UPDATE (x) ON c TO case_reader;

-- plan
-- finding: changes_rights transformable
GRANT DELETE, INSERT, MAINTAIN, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE ON TABLE dw__app__public.a TO case_reader;
-- finding: changes_rights breaking
REVOKE UPDATE ON TABLE dw__app__public.c FROM case_reader;
-- finding: changes_rights breaking
REVOKE SELECT (id) ON TABLE dw__app__public.b FROM case_reader;
-- finding: changes_rights breaking
REVOKE SELECT ON TABLE dw__app__public.b FROM case_reader;
-- finding: changes_rights transformable
GRANT SELECT (x) ON TABLE dw__app__public.b TO case_reader;
-- finding: changes_rights transformable
GRANT UPDATE (x) ON TABLE dw__app__public.c TO case_reader;
