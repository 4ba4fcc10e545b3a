-- An index's name goes over to another table.

-- before
CREATE TABLE t (a int);
CREATE TABLE u (a int);
CREATE INDEX i ON t (a);

-- rows
INSERT INTO t VALUES (1);

-- after
DROP INDEX i;
CREATE INDEX i ON u (a);

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.i;
CREATE INDEX i ON dw__app__public.u USING btree (a);
