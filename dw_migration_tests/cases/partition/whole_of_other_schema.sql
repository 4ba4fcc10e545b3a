-- It is a part of a table of another schema from now on.

-- before
CREATE SCHEMA other;
CREATE TABLE w (a int) PARTITION BY LIST (a);
CREATE TABLE p PARTITION OF w FOR VALUES IN (1);
CREATE TABLE other.w (a int) PARTITION BY LIST (a);

-- rows
INSERT INTO w VALUES (1);

-- after
ALTER TABLE w DETACH PARTITION p;
ALTER TABLE other.w ATTACH PARTITION p FOR VALUES IN (1);

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.w DETACH PARTITION dw__app__public.p;
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__other.w ATTACH PARTITION dw__app__public.p FOR VALUES IN (1);
