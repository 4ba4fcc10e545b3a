-- The grantee may give it to others from now on.
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE SCHEMA sales;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO case_reader;

-- after
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO case_reader WITH GRANT OPTION;

-- plan
-- finding: changes_rights transformable
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA dw__app__sales GRANT SELECT ON TABLES TO case_reader WITH GRANT OPTION;
