-- Statistics target and options outlive another type.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);
ALTER TABLE t ALTER a SET STATISTICS 500, ALTER a SET (n_distinct = 5);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t ALTER a TYPE bigint;
ALTER TABLE t ALTER a SET STATISTICS 50;

-- plan
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE bigint;
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN a SET STATISTICS 50;
