-- NULL as one value among others.
-- needs: 15

-- before
CREATE TABLE t (a int, b int, CONSTRAINT one UNIQUE (a), CONSTRAINT two UNIQUE NULLS NOT DISTINCT (b));
CREATE UNIQUE INDEX three ON t (a, b);

-- rows
INSERT INTO t VALUES (1, NULL);

-- after
ALTER TABLE t DROP CONSTRAINT one, DROP CONSTRAINT two;
ALTER TABLE t ADD CONSTRAINT one UNIQUE NULLS NOT DISTINCT (a), ADD CONSTRAINT two UNIQUE (b);
DROP INDEX three;
CREATE UNIQUE INDEX three ON t (a, b) NULLS NOT DISTINCT;

-- plan
DROP INDEX dw__app__public.three;
ALTER TABLE dw__app__public.t DROP CONSTRAINT one;
ALTER TABLE dw__app__public.t DROP CONSTRAINT two;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT one UNIQUE NULLS NOT DISTINCT (a);
ALTER TABLE dw__app__public.t ADD CONSTRAINT two UNIQUE (b);
-- finding: adds_key breaking
-- finding: alters transformable
CREATE UNIQUE INDEX three ON dw__app__public.t USING btree (a, b) NULLS NOT DISTINCT;
