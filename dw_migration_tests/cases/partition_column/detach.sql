-- A partition that is detached keeps what it had of its own.

-- before
CREATE TABLE p (id int, note text, big text) PARTITION BY HASH (id);
CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE p0 ALTER note SET NOT NULL;
ALTER TABLE p0 ALTER big SET STORAGE EXTERNAL;

-- rows
INSERT INTO p VALUES (1, 'a', 'b'), (2, 'a', 'b'), (3, 'a', 'b'), (4, 'a', 'b');

-- after
ALTER TABLE p DETACH PARTITION p0;

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p0;
