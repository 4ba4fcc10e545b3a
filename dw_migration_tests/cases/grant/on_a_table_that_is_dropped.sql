-- It goes with the table, without a word
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE TABLE orders (id int);
CREATE TABLE gone (id int);
GRANT SELECT ON orders, gone TO case_reader;
GRANT UPDATE (id) ON gone TO case_reader;

-- after
DROP TABLE gone;

-- plan
-- finding: drops_table breaking
DROP TABLE dw__app__public.gone;
