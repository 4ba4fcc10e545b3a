-- A grant that is gone is revoked, and that of another stays
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE TABLE orders (id int);
GRANT SELECT, INSERT ON orders TO case_writer;
GRANT SELECT ON orders TO case_reader;

-- after
REVOKE ALL ON orders FROM case_writer;

-- plan
-- finding: changes_rights breaking
REVOKE INSERT, SELECT ON TABLE dw__app__public.orders FROM case_writer;
