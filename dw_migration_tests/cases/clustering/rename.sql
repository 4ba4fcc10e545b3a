-- Table and index of a clustering get other names.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX t_a ON t (a);
ALTER TABLE t CLUSTER ON t_a;
CREATE TABLE u (id int PRIMARY KEY);
ALTER TABLE u CLUSTER ON u_pkey;

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t RENAME TO z;
ALTER INDEX t_a RENAME TO z_a;
ALTER TABLE u RENAME CONSTRAINT u_pkey TO u_key;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME TO z;
ALTER INDEX dw__app__public.t_a RENAME TO z_a;
ALTER TABLE dw__app__public.u RENAME CONSTRAINT u_pkey TO u_key;
