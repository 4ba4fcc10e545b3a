-- A column is no identity any more.

-- before
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (START 7 CACHE 3) PRIMARY KEY);

-- rows
INSERT INTO t OVERRIDING SYSTEM VALUE VALUES (1);

-- after
ALTER TABLE t ALTER id DROP IDENTITY;

-- plan
-- finding: alters transformable
ALTER TABLE dw__app__public.t ALTER COLUMN id DROP IDENTITY;
