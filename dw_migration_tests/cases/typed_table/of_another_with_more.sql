-- The type of a typed table gives way to another, which has one attribute more.

-- before
CREATE TYPE longer AS (a bigint, b int4range);
CREATE TABLE t OF longer (b WITH OPTIONS NOT NULL);

-- after
DROP TABLE t;
DROP TYPE longer;
CREATE TYPE a AS (a bigint, b int4range, c text);
CREATE TABLE t OF a (b WITH OPTIONS NOT NULL);

-- plan
ALTER TABLE dw__app__public.t NOT OF;
-- finding: drops_type transformable
DROP TYPE dw__app__public.longer;
CREATE TYPE dw__app__public.a AS (a bigint, b int4range, c text);
ALTER TABLE dw__app__public.t ADD COLUMN c text;
ALTER TABLE dw__app__public.t OF dw__app__public.a;
