-- Indexes get other names.

-- before
CREATE TABLE t (a int, b int);
CREATE INDEX i ON t (a);
CREATE INDEX j ON t (b);
COMMENT ON INDEX i IS 'i';

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER INDEX i RENAME TO "K";
ALTER INDEX j RENAME TO i;

-- plan
ALTER INDEX dw__app__public.i RENAME TO k;
ALTER INDEX dw__app__public.j RENAME TO i;
