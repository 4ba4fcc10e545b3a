-- A constraint's name is somebody else's text.

-- before
CREATE TABLE t (a int CONSTRAINT "a""b' %s {} :x" CHECK (a > 0));

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t RENAME CONSTRAINT "a""b' %s {} :x" TO "--;$$";
ALTER TABLE t ADD CONSTRAINT "select" UNIQUE (a);

-- plan
ALTER TABLE dw__app__public.t RENAME CONSTRAINT "a""b' %s {} :x" TO "--;$$";
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT "select" UNIQUE (a);
