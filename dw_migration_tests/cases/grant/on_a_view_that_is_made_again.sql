-- What stays needs no word, since the way gives it back; what changed is said once the view stands again
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE ROLE case_other;
CREATE TABLE orders (id int, total int);
CREATE VIEW totals AS SELECT total FROM orders;
GRANT SELECT ON totals TO case_reader, case_writer;

-- after
DROP VIEW totals;
ALTER TABLE orders ALTER total TYPE bigint;
CREATE VIEW totals AS SELECT total FROM orders;
GRANT SELECT ON totals TO case_reader, case_other;

-- plan
DROP VIEW dw__app__public.totals;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.orders ALTER COLUMN total TYPE bigint;
-- finding: changes_view transformable
CREATE VIEW dw__app__public.totals (total) AS
 SELECT total
   FROM dw__app__public.orders;
-- finding: changes_rights transformable
GRANT SELECT ON TABLE dw__app__public.totals TO case_other;
-- finding: changes_rights breaking
REVOKE SELECT ON TABLE dw__app__public.totals FROM case_writer;
