-- The way down: columns come back in the order of the attributes.

-- before
CREATE TYPE value AS (z bit(3), item integer, b int);
CREATE TABLE t OF value (item WITH OPTIONS NOT NULL);

-- after
ALTER TYPE value DROP ATTRIBUTE item CASCADE;
ALTER TYPE value DROP ATTRIBUTE z CASCADE;
ALTER TYPE value DROP ATTRIBUTE b CASCADE;
ALTER TYPE value ADD ATTRIBUTE y integer CASCADE;
ALTER TYPE value ADD ATTRIBUTE c integer CASCADE;

-- plan
ALTER TABLE dw__app__public.t NOT OF;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN b;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN item;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN z;
-- finding: drops_column breaking
-- finding: drops_column breaking
-- finding: drops_column breaking
-- finding: alters transformable
ALTER TYPE dw__app__public.value DROP ATTRIBUTE z, DROP ATTRIBUTE item, DROP ATTRIBUTE b, ADD ATTRIBUTE y integer, ADD ATTRIBUTE c integer;
ALTER TABLE dw__app__public.t ADD COLUMN y integer;
ALTER TABLE dw__app__public.t ADD COLUMN c integer;
ALTER TABLE dw__app__public.t OF dw__app__public.value;
