-- What is more is granted, what is less revoked, and what is gone revoked as a whole
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE SCHEMA sales;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT, INSERT ON TABLES TO case_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO case_writer;

-- after
ALTER DEFAULT PRIVILEGES IN SCHEMA sales REVOKE INSERT ON TABLES FROM case_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT DELETE ON TABLES TO case_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales REVOKE ALL ON TABLES FROM case_writer;

-- plan
-- finding: changes_rights breaking
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA dw__app__sales REVOKE INSERT ON TABLES FROM case_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA dw__app__sales GRANT DELETE ON TABLES TO case_reader;
-- finding: changes_rights breaking
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA dw__app__sales REVOKE SELECT ON TABLES FROM case_writer;
