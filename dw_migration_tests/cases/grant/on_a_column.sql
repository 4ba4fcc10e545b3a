-- Columns of tables and of views have grants of their own
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE TABLE orders (id int, "Total" numeric, note text);
CREATE VIEW totals AS SELECT id, "Total" FROM orders;
GRANT SELECT (id, note), UPDATE (note) ON orders TO case_reader;

-- after
REVOKE SELECT (id) ON orders FROM case_reader;
GRANT SELECT ("Total") ON orders TO case_reader;
GRANT SELECT ("Total") ON totals TO case_reader WITH GRANT OPTION;

-- plan
-- finding: changes_rights breaking
REVOKE SELECT (id) ON TABLE dw__app__public.orders FROM case_reader;
-- finding: changes_rights transformable
GRANT SELECT (total) ON TABLE dw__app__public.orders TO case_reader;
-- finding: changes_rights transformable
GRANT SELECT (total) ON TABLE dw__app__public.totals TO case_reader WITH GRANT OPTION;
