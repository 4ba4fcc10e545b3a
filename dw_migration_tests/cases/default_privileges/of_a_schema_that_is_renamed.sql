-- They stay with the schema, and what is made there has them
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE SCHEMA sales;
CREATE TABLE sales.orders (id int);
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO case_reader;

-- after
ALTER SCHEMA sales RENAME TO trade;
CREATE TABLE trade.lines (id int);
ALTER DEFAULT PRIVILEGES IN SCHEMA trade GRANT UPDATE ON TABLES TO case_reader;

-- plan
-- finding: renames transformable
ALTER SCHEMA dw__app__sales RENAME TO dw__app__trade;
CREATE TABLE dw__app__trade.lines (
    id integer
);
-- finding: changes_rights transformable
GRANT SELECT ON TABLE dw__app__trade.lines TO case_reader;
-- finding: changes_rights transformable
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA dw__app__trade GRANT UPDATE ON TABLES TO case_reader;
