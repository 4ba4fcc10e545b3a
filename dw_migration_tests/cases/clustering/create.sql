-- A table is clustered by an index, another by a key.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX t_a ON t (a);
CREATE TABLE u (id int PRIMARY KEY);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t CLUSTER ON t_a;
ALTER TABLE u CLUSTER ON u_pkey;

-- plan
ALTER TABLE dw__app__public.t CLUSTER ON t_a;
ALTER TABLE dw__app__public.u CLUSTER ON u_pkey;
