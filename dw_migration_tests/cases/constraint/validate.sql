-- What was not valid is proven.

-- before
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (a int, p int);
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (p) REFERENCES p NOT VALID;

-- rows
INSERT INTO p VALUES (1);
INSERT INTO t VALUES (1, 1);

-- after
ALTER TABLE t VALIDATE CONSTRAINT positive;
ALTER TABLE t VALIDATE CONSTRAINT fk;

-- plan
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.t VALIDATE CONSTRAINT fk;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.t VALIDATE CONSTRAINT positive;
