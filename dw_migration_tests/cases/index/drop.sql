-- An index goes.

-- before
CREATE TABLE t (a int);
CREATE INDEX i ON t (a);

-- rows
INSERT INTO t VALUES (1);

-- after
DROP INDEX i;

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.i;
