-- What somebody may do with a table is granted; what everybody may, too; and what may be passed on
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE TABLE "Orders" (id int, "Total" numeric);

-- after
GRANT SELECT, INSERT ON "Orders" TO case_writer WITH GRANT OPTION;
GRANT DELETE ON "Orders" TO case_writer;
GRANT SELECT ON "Orders" TO PUBLIC;

-- plan
-- finding: changes_rights transformable
GRANT SELECT ON TABLE dw__app__public.orders TO PUBLIC;
-- finding: changes_rights transformable
GRANT DELETE ON TABLE dw__app__public.orders TO case_writer;
GRANT INSERT, SELECT ON TABLE dw__app__public.orders TO case_writer WITH GRANT OPTION;
