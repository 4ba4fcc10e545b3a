-- A composite type that nothing stands on goes.

-- before
CREATE TYPE address AS (street text);
CREATE TABLE t (id int);

-- after
DROP TYPE address;

-- plan
-- finding: drops_type transformable
DROP TYPE dw__app__public.address;
