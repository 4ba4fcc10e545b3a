-- The index of a clustering goes, and the clustering with it.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX t_a ON t (a);
ALTER TABLE t CLUSTER ON t_a;

-- rows
INSERT INTO t VALUES (1, 2);

-- after
DROP INDEX t_a;

-- plan
ALTER TABLE dw__app__public.t SET WITHOUT CLUSTER;
-- finding: drops_index transformable
DROP INDEX dw__app__public.t_a;
