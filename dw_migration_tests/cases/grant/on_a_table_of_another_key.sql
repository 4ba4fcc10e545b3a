-- grants kept
-- A table that is made anew has the rights that it had, but for those that the source has taken back.

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE TABLE t (id int, n bigint) PARTITION BY RANGE (id);
GRANT SELECT (n), UPDATE (n) ON t TO case_writer WITH GRANT OPTION;
GRANT SELECT, INSERT ON t TO case_reader;
GRANT DELETE ON t TO case_writer;

-- after
DROP TABLE t;
CREATE TABLE t (id int, n bigint) PARTITION BY RANGE (n);
GRANT SELECT ON t TO case_reader;
GRANT UPDATE (n) ON t TO case_writer;

-- plan
ALTER TABLE dw__app__public.t RENAME TO t__before;
-- finding: rebuilds_table transformable
-- finding: rebuilds_table breaking
CREATE TABLE dw__app__public.t (
    id integer,
    n bigint
) PARTITION BY RANGE (n);
INSERT INTO dw__app__public.t (id, n) SELECT id, n FROM dw__app__public.t__before;
DROP TABLE dw__app__public.t__before;
-- finding: changes_rights breaking
REVOKE INSERT ON TABLE dw__app__public.t FROM case_reader;
-- finding: changes_rights breaking
REVOKE DELETE ON TABLE dw__app__public.t FROM case_writer;
-- finding: changes_rights breaking
REVOKE SELECT (n) ON TABLE dw__app__public.t FROM case_writer;
REVOKE GRANT OPTION FOR UPDATE (n) ON TABLE dw__app__public.t FROM case_writer;
GRANT UPDATE (n) ON TABLE dw__app__public.t TO case_writer;
