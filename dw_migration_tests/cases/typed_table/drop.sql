-- The table goes, and the type after it.

-- before
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t OF pair;

-- after
DROP TYPE pair CASCADE;

-- plan
-- finding: drops_table breaking
DROP TABLE dw__app__public.t;
-- finding: drops_type transformable
DROP TYPE dw__app__public.pair;
