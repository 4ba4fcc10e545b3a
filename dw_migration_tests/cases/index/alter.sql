-- An index becomes another of the same name.

-- before
CREATE TABLE t (a int, b int);
CREATE INDEX i ON t (a);
CREATE INDEX j ON t (a) WHERE b > 0;
CREATE UNIQUE INDEX k ON t (a);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
DROP INDEX i, j, k;
CREATE INDEX i ON t (a DESC);
CREATE INDEX j ON t (a) WHERE b > 1;
CREATE INDEX k ON t (a);

-- plan
DROP INDEX dw__app__public.i;
DROP INDEX dw__app__public.j;
DROP INDEX dw__app__public.k;
-- finding: alters transformable
CREATE INDEX i ON dw__app__public.t USING btree (a DESC);
-- finding: alters transformable
CREATE INDEX j ON dw__app__public.t USING btree (a) WHERE (b > 1);
-- finding: drops_index transformable
CREATE INDEX k ON dw__app__public.t USING btree (a);
