-- A table is clustered no more.

-- before
CREATE TABLE t (id int PRIMARY KEY);
ALTER TABLE t CLUSTER ON t_pkey;

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t SET WITHOUT CLUSTER;

-- plan
ALTER TABLE dw__app__public.t SET WITHOUT CLUSTER;
