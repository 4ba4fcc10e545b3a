-- A unique index becomes a constraint.

-- before
CREATE TABLE t (a int NOT NULL, b int);
CREATE UNIQUE INDEX t_a ON t (a);
CREATE UNIQUE INDEX t_b ON t (b);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t ADD CONSTRAINT t_a PRIMARY KEY USING INDEX t_a;
ALTER TABLE t ADD CONSTRAINT t_unique UNIQUE USING INDEX t_b;

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.t_a;
-- finding: drops_index transformable
DROP INDEX dw__app__public.t_b;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_a PRIMARY KEY (a);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_unique UNIQUE (b);
