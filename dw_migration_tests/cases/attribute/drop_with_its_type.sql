

-- before
CREATE TYPE inner_type AS (a int);
CREATE TYPE outer_type AS (x int, y inner_type, z int);

-- after
ALTER TYPE outer_type DROP ATTRIBUTE y;
DROP TYPE inner_type;

-- plan
-- finding: drops_column breaking
-- finding: alters transformable
ALTER TYPE dw__app__public.outer_type DROP ATTRIBUTE y;
-- finding: drops_type transformable
DROP TYPE dw__app__public.inner_type;
