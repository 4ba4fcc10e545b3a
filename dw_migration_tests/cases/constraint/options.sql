-- Storage parameters of a key.

-- before
CREATE TABLE t (a int CONSTRAINT p PRIMARY KEY WITH (fillfactor = 80));

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER INDEX p SET (fillfactor = 60);

-- plan
ALTER TABLE dw__app__public.t DROP CONSTRAINT p;
ALTER TABLE dw__app__public.t ADD CONSTRAINT p PRIMARY KEY (a) WITH (fillfactor='60');
