-- A foreign key leads to another table.

-- before
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE q (id int PRIMARY KEY);
CREATE TABLE t (a int CONSTRAINT fk REFERENCES p);

-- rows
INSERT INTO p VALUES (1);
INSERT INTO q VALUES (1);
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t DROP CONSTRAINT fk;
ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES q;

-- plan
ALTER TABLE dw__app__public.t DROP CONSTRAINT fk;
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES dw__app__public.q (id);
