-- needs: 15
-- Other columns are emptied when the row that they name goes.

-- before
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE t (id int PRIMARY KEY, a int, b int, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p ON DELETE SET NULL (a));

-- rows
INSERT INTO p VALUES (1, 2);
INSERT INTO t VALUES (1, 1, 2);

-- after
ALTER TABLE t DROP CONSTRAINT f;
ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p ON DELETE SET NULL (b);

-- plan
ALTER TABLE dw__app__public.t DROP CONSTRAINT f;
-- finding: alters transformable
ALTER TABLE dw__app__public.t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES dw__app__public.p (a, b) ON DELETE SET NULL (b);
