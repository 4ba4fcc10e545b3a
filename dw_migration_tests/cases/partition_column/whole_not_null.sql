-- NOT NULL comes for the whole: the partition has it already.

-- before
CREATE TABLE p (id int, note text, big text) PARTITION BY HASH (id);
CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE p0 ALTER note SET NOT NULL;

-- rows
INSERT INTO p VALUES (1, 'a', 'b'), (2, 'a', 'b'), (3, 'a', 'b'), (4, 'a', 'b');

-- after
ALTER TABLE p ALTER note SET NOT NULL;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.p ALTER COLUMN note SET NOT NULL;
