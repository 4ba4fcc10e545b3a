-- A column keeps its name, where the type's attribute gets another one as soon as the table is of it no more.

-- before
CREATE TYPE value AS (a bytea, b integer[]);
CREATE TABLE t OF value;

-- after
ALTER TABLE t NOT OF;
ALTER TYPE value RENAME ATTRIBUTE b TO "user" CASCADE;

-- plan
ALTER TABLE dw__app__public.t NOT OF;
-- finding: drops_column breaking
-- finding: alters transformable
ALTER TYPE dw__app__public.value DROP ATTRIBUTE b, ADD ATTRIBUTE "user" integer[];
