-- An index of a partitioned table alone takes in those of partitions, one after another, until it is valid.

-- before
CREATE TABLE p (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX whole ON ONLY p (id);
CREATE INDEX one ON p1 (id);
ALTER INDEX whole ATTACH PARTITION one;
CREATE INDEX other ON ONLY p (at);

-- after
CREATE INDEX two ON p2 (id);
ALTER INDEX whole ATTACH PARTITION two;
DROP INDEX other;
CREATE INDEX other ON ONLY p (at, id);
CREATE INDEX of_two ON p2 (at, id);
ALTER INDEX other ATTACH PARTITION of_two;

-- plan
DROP INDEX dw__app__public.other;
DROP INDEX dw__app__public.whole;
CREATE INDEX one ON dw__app__public.p1 USING btree (id);
CREATE INDEX of_two ON dw__app__public.p2 USING btree (at, id);
-- finding: alters transformable
CREATE INDEX other ON ONLY dw__app__public.p USING btree (at, id);
ALTER INDEX dw__app__public.other ATTACH PARTITION dw__app__public.of_two;
CREATE INDEX two ON dw__app__public.p2 USING btree (id);
CREATE INDEX whole ON dw__app__public.p USING btree (id);
