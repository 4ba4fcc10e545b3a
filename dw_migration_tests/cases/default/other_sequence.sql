-- A default reads another sequence, and the first one goes.

-- before
CREATE SEQUENCE one;
CREATE TABLE t (a int DEFAULT nextval('one'));

-- rows
INSERT INTO t VALUES (1);

-- after
CREATE SEQUENCE two;
ALTER TABLE t ALTER a SET DEFAULT nextval('two');
DROP SEQUENCE one;

-- plan
CREATE SEQUENCE dw__app__public.two;
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT nextval('dw__app__public.two'::regclass);
-- finding: drops_type transformable
DROP SEQUENCE dw__app__public.one;
