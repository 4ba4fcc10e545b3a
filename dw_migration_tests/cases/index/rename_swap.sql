-- Two indexes exchange their names: the name wins, and both are made again.

-- before
CREATE TABLE t (a int, b int);
CREATE INDEX i ON t (a);
CREATE INDEX j ON t (b);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER INDEX i RENAME TO k;
ALTER INDEX j RENAME TO i;
ALTER INDEX k RENAME TO j;

-- plan
DROP INDEX dw__app__public.i;
DROP INDEX dw__app__public.j;
-- finding: alters transformable
CREATE INDEX i ON dw__app__public.t USING btree (b);
-- finding: alters transformable
CREATE INDEX j ON dw__app__public.t USING btree (a);
