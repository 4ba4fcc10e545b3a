-- Storage parameters of an index.

-- before
CREATE TABLE t (a int);
CREATE INDEX i ON t (a) WITH (fillfactor = 80);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER INDEX i SET (fillfactor = 60);

-- plan
DROP INDEX dw__app__public.i;
-- finding: alters transformable
CREATE INDEX i ON dw__app__public.t USING btree (a) WITH (fillfactor='60');
