-- grants kept

-- before
CREATE ROLE case_reader;
CREATE TABLE b (id int, value int);
CREATE MATERIALIZED VIEW m AS SELECT id, value FROM b WITH NO DATA;
CREATE VIEW v AS SELECT id, value FROM b;
GRANT SELECT (id), SELECT (value) ON m TO case_reader;
GRANT SELECT (id, value) ON v TO case_reader;

-- after
ALTER MATERIALIZED VIEW m RENAME id TO a;
ALTER VIEW v RENAME id TO a;

-- plan
-- finding: changes_rights breaking
REVOKE SELECT (id) ON TABLE dw__app__public.m FROM case_reader;
-- finding: changes_rights breaking
REVOKE SELECT (id) ON TABLE dw__app__public.v FROM case_reader;
DROP MATERIALIZED VIEW dw__app__public.m;
DROP VIEW dw__app__public.v;
-- finding: changes_view breaking
CREATE VIEW dw__app__public.v (a, value) AS
 SELECT id AS a,
    value
   FROM dw__app__public.b;
-- finding: changes_view breaking
CREATE MATERIALIZED VIEW dw__app__public.m (a, value) AS
 SELECT id AS a,
    value
   FROM dw__app__public.b
WITH NO DATA;
-- finding: changes_rights transformable
GRANT SELECT (a) ON TABLE dw__app__public.m TO case_reader;
-- finding: changes_rights transformable
GRANT SELECT (a) ON TABLE dw__app__public.v TO case_reader;
