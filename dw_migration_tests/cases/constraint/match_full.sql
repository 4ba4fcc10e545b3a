-- A foreign key whose columns are all NULL or none.

-- before
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE t (a int, b int, CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p);

-- rows
INSERT INTO p VALUES (1, 2);
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP CONSTRAINT fk;
ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p MATCH FULL;

-- plan
ALTER TABLE dw__app__public.t DROP CONSTRAINT fk;
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES dw__app__public.p (a, b) MATCH FULL;
