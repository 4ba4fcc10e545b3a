-- A label that goes takes no grant with it
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE ROLE case_writer;
CREATE TYPE state AS ENUM ('new', 'old');
CREATE TABLE orders (id int, s state);
GRANT USAGE ON TYPE state TO case_reader, case_writer;
REVOKE USAGE ON TYPE state FROM PUBLIC;

-- after
ALTER TYPE state RENAME TO gone;
CREATE TYPE state AS ENUM ('new');
ALTER TABLE orders ALTER s TYPE state USING s::text::state;
DROP TYPE gone;
GRANT USAGE ON TYPE state TO case_reader;
REVOKE USAGE ON TYPE state FROM PUBLIC;

-- plan
-- finding: removes_label breaking
ALTER TYPE dw__app__public.state RENAME TO state__before;
CREATE TYPE dw__app__public.state AS ENUM ('new');
ALTER TABLE dw__app__public.orders ALTER COLUMN s TYPE dw__app__public.state USING s::text::dw__app__public.state;
DROP TYPE dw__app__public.state__before;
-- finding: changes_rights breaking
REVOKE USAGE ON TYPE dw__app__public.state FROM case_writer;
