-- An index's name is somebody else's text.

-- before
CREATE TABLE t (a int, b text);
CREATE INDEX "a""b' %s {} :x" ON t (a) WHERE b <> ':x %s {}';

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER INDEX "a""b' %s {} :x" RENAME TO "--;$$";
CREATE INDEX "select" ON t (b) WHERE b <> '$$; DROP TABLE t; --';

-- plan
ALTER INDEX dw__app__public."a""b' %s {} :x" RENAME TO "--;$$";
CREATE INDEX "select" ON dw__app__public.t USING btree (b) WHERE (b <> '$$; DROP TABLE t; --'::text);
