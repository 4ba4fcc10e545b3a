-- What is granted on what a role makes from now on; they tell nothing of what is there
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE SCHEMA sales;
CREATE TABLE sales.orders (id int);

-- after
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO case_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE case_writer IN SCHEMA sales GRANT USAGE ON SEQUENCES TO case_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT USAGE ON TYPES TO case_writer;

-- plan
-- finding: changes_rights transformable
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA dw__app__sales GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
-- finding: changes_rights transformable
ALTER DEFAULT PRIVILEGES FOR ROLE case_writer IN SCHEMA dw__app__sales GRANT USAGE ON SEQUENCES TO case_reader WITH GRANT OPTION;
-- finding: changes_rights transformable
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA dw__app__sales GRANT SELECT ON TABLES TO case_reader;
-- finding: changes_rights transformable
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA dw__app__sales GRANT USAGE ON TYPES TO case_writer;
