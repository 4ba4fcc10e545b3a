-- grants kept
-- Who may read the one may read the other, unless the source says otherwise.

-- before
CREATE ROLE case_reader;
CREATE TABLE t (id int, n int);
CREATE MATERIALIZED VIEW v AS SELECT id, n FROM t;
GRANT REFERENCES (n) ON v TO PUBLIC;
GRANT SELECT ON v TO case_reader;
GRANT SELECT (id) ON v TO case_reader;
CREATE VIEW w AS SELECT id FROM t;
GRANT SELECT ON w TO case_reader;

-- after
DROP MATERIALIZED VIEW v;
CREATE VIEW v AS SELECT id, n FROM t;
GRANT SELECT (id) ON v TO case_reader;
DROP VIEW w;
CREATE MATERIALIZED VIEW w AS SELECT id FROM t;
GRANT SELECT ON w TO case_reader;

-- plan
-- finding: changes_rights breaking
REVOKE SELECT ON TABLE dw__app__public.w FROM case_reader;
-- finding: changes_rights breaking
REVOKE SELECT (id) ON TABLE dw__app__public.v FROM case_reader;
-- finding: changes_rights breaking
REVOKE SELECT ON TABLE dw__app__public.v FROM case_reader;
-- finding: changes_rights breaking
REVOKE REFERENCES (n) ON TABLE dw__app__public.v FROM PUBLIC;
-- finding: drops_view breaking
DROP MATERIALIZED VIEW dw__app__public.v;
-- finding: drops_view breaking
DROP VIEW dw__app__public.w;
CREATE VIEW dw__app__public.v (id, n) AS
 SELECT id,
    n
   FROM dw__app__public.t;
CREATE MATERIALIZED VIEW dw__app__public.w (id) AS
 SELECT id
   FROM dw__app__public.t;
-- finding: changes_rights transformable
GRANT SELECT ON TABLE dw__app__public.w TO case_reader;
-- finding: changes_rights transformable
GRANT SELECT (id) ON TABLE dw__app__public.v TO case_reader;
