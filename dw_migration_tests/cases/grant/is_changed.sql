-- What is more is granted, what is less revoked
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE TABLE orders (id int);
GRANT SELECT ON orders TO case_reader WITH GRANT OPTION;
GRANT INSERT, UPDATE ON orders TO case_reader;

-- after
REVOKE GRANT OPTION FOR SELECT ON orders FROM case_reader;
REVOKE INSERT ON orders FROM case_reader;
GRANT DELETE ON orders TO case_reader;
GRANT UPDATE ON orders TO case_reader WITH GRANT OPTION;

-- plan
-- finding: changes_rights breaking
REVOKE INSERT ON TABLE dw__app__public.orders FROM case_reader;
REVOKE GRANT OPTION FOR SELECT ON TABLE dw__app__public.orders FROM case_reader;
GRANT DELETE ON TABLE dw__app__public.orders TO case_reader;
GRANT UPDATE ON TABLE dw__app__public.orders TO case_reader WITH GRANT OPTION;
