-- Other bounds: all are detached, then attached again.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE p DETACH PARTITION p1;
ALTER TABLE p DETACH PARTITION p2;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM ('2024-12-01') TO ('2027-01-01');
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM ('2023-01-01') TO ('2024-12-01');

-- plan
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p1;
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p2;
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p1 FOR VALUES FROM ('2023-01-01') TO ('2024-12-01');
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p2 FOR VALUES FROM ('2024-12-01') TO ('2027-01-01');
