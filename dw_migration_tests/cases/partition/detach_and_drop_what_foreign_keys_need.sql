-- The foreign key that a partition has from its whole, and keeps when it is detached, goes before what it stands on.

-- before
CREATE TABLE there (id int, at date);
CREATE UNIQUE INDEX there_both ON there (id, at);
CREATE TABLE p (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE p ADD CONSTRAINT to_there FOREIGN KEY (id, at) REFERENCES there (id, at);

-- rows
INSERT INTO there VALUES (1, '2024-05-05');
INSERT INTO p VALUES (1, '2024-05-05');

-- after
ALTER TABLE p DETACH PARTITION p1;
ALTER TABLE p1 DROP CONSTRAINT to_there;
DROP TABLE p;
DROP INDEX there_both;

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p1;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.p1 DROP CONSTRAINT to_there;
-- finding: drops_table breaking
DROP TABLE dw__app__public.p;
-- finding: drops_index transformable
DROP INDEX dw__app__public.there_both;
