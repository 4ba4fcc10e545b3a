-- A table is clustered by another index.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX t_a ON t (a);
ALTER TABLE t CLUSTER ON t_pkey;

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t CLUSTER ON t_a;

-- plan
ALTER TABLE dw__app__public.t CLUSTER ON t_a;
