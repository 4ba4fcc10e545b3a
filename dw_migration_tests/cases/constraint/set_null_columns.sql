-- SET NULL of some columns alone.
-- needs: 15

-- before
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE t (a int, b int);

-- rows
INSERT INTO p VALUES (1, 2);
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES p ON DELETE SET NULL (b);

-- plan
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_a_b_fkey FOREIGN KEY (a, b) REFERENCES dw__app__public.p (a, b) ON DELETE SET NULL (b);
