-- A grant keeps to its object through a rename, and changes under the new name
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE TABLE orders (id int, note text);
GRANT SELECT ON orders TO case_reader;
GRANT INSERT ON orders TO case_writer;
GRANT UPDATE (note) ON orders TO case_writer;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
GRANT EXECUTE ON FUNCTION twice(int) TO case_reader, case_writer;

-- after
ALTER TABLE orders RENAME TO purchases;
ALTER TABLE purchases RENAME note TO remark;
GRANT DELETE ON purchases TO case_writer;
REVOKE SELECT ON purchases FROM case_reader;
ALTER FUNCTION twice(int) RENAME TO doubled;
REVOKE EXECUTE ON FUNCTION doubled(int) FROM case_writer;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.orders RENAME TO purchases;
-- finding: renames transformable
ALTER TABLE dw__app__public.purchases RENAME COLUMN note TO remark;
-- finding: renames transformable
ALTER FUNCTION dw__app__public.twice(integer) RENAME TO doubled;
-- finding: changes_rights breaking
REVOKE EXECUTE ON ROUTINE dw__app__public.doubled(integer) FROM case_writer;
-- finding: changes_rights breaking
REVOKE SELECT ON TABLE dw__app__public.purchases FROM case_reader;
-- finding: changes_rights transformable
GRANT DELETE ON TABLE dw__app__public.purchases TO case_writer;
-- finding: changes_rights transformable
GRANT UPDATE (remark) ON TABLE dw__app__public.purchases TO case_writer;
