-- Of two indexes that are alike the whole's takes in the one that it has in the source.

-- before
CREATE TABLE p (id int, at date) PARTITION BY RANGE (at);
CREATE INDEX whole ON p (id);
CREATE TABLE p1 (id int, at date);
CREATE INDEX a_local ON p1 (id);

-- rows
INSERT INTO p1 VALUES (1, '2024-05-05');

-- after
CREATE INDEX taken ON p1 (id);
DROP INDEX a_local;
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX a_local ON p1 (id);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX a_local2 ON p2 (id);

-- plan
DROP INDEX dw__app__public.a_local;
CREATE TABLE dw__app__public.p2 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
CREATE INDEX taken ON dw__app__public.p1 USING btree (id);
CREATE INDEX p2_id_idx ON dw__app__public.p2 USING btree (id);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX a_local ON dw__app__public.p1 USING btree (id);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p2 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX a_local2 ON dw__app__public.p2 USING btree (id);
