-- A check that old rows need not pass.

-- before
CREATE TABLE t (a int);

-- rows
INSERT INTO t VALUES (-1);

-- after
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;

-- plan
ALTER TABLE dw__app__public.t ADD CONSTRAINT positive CHECK ((a > 0)) NOT VALID;
