-- It goes with the column, and comes back with it
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE TABLE orders (id int, note text);
GRANT SELECT (note), SELECT (id) ON orders TO case_reader;

-- after
ALTER TABLE orders DROP COLUMN note;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.orders DROP COLUMN note;
