-- A sequence goes.

-- before
CREATE SEQUENCE s;
CREATE TABLE t (id int DEFAULT nextval('s'));

-- rows
INSERT INTO t VALUES (5);

-- after
ALTER TABLE t ALTER id DROP DEFAULT;
DROP SEQUENCE s;

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN id DROP DEFAULT;
-- finding: drops_type transformable
DROP SEQUENCE dw__app__public.s;
