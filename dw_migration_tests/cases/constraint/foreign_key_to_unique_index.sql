-- A foreign key may stand on a unique index alone.

-- before
CREATE TABLE p (id int);
CREATE TABLE t (a int);

-- rows
INSERT INTO p VALUES (1);
INSERT INTO t VALUES (1);

-- after
CREATE UNIQUE INDEX p_id ON p (id);
ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES p (id);

-- plan
-- finding: adds_key breaking
CREATE UNIQUE INDEX p_id ON dw__app__public.p USING btree (id);
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES dw__app__public.p (id);
