

-- before
CREATE TYPE state AS (x int, y int);

-- after
CREATE DOMAIN z AS int;
ALTER TYPE state DROP ATTRIBUTE x, ADD ATTRIBUTE z z;

-- plan
-- finding: drops_column breaking
CREATE DOMAIN dw__app__public.z AS integer;
-- finding: alters transformable
ALTER TYPE dw__app__public.state DROP ATTRIBUTE x, ADD ATTRIBUTE z dw__app__public.z;
