-- The key goes before the other one comes, and the marks on it with it.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);
ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey;
CLUSTER t USING t_pkey;

-- rows
INSERT INTO t VALUES (1, 2);

-- after
DROP TABLE t;
CREATE TABLE t (id int CONSTRAINT other PRIMARY KEY, a int);
ALTER TABLE t REPLICA IDENTITY USING INDEX other;
CLUSTER t USING other;
INSERT INTO t VALUES (1, 2);

-- plan
ALTER TABLE dw__app__public.t REPLICA IDENTITY DEFAULT;
ALTER TABLE dw__app__public.t SET WITHOUT CLUSTER;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_pkey;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT other PRIMARY KEY (id);
ALTER TABLE dw__app__public.t CLUSTER ON other;
ALTER TABLE dw__app__public.t REPLICA IDENTITY USING INDEX other;
