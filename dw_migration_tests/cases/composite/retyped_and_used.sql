-- The column comes with the change, and goes before it on the way back.

-- before
CREATE TYPE pair AS (a uuid, b smallint);
CREATE TABLE t (id int);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TYPE pair ALTER ATTRIBUTE a TYPE varchar(40), ADD ATTRIBUTE c text;
ALTER TABLE t ADD item pair;

-- plan
-- finding: changes_type breaking
-- finding: alters transformable
ALTER TYPE dw__app__public.pair ALTER ATTRIBUTE a TYPE character varying(40), ADD ATTRIBUTE c text;
ALTER TABLE dw__app__public.t ADD COLUMN item dw__app__public.pair;
