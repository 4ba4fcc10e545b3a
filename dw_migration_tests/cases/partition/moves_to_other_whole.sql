-- A partition moves from one partitioned table to another.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);
CREATE TABLE q (at date NOT NULL, id int NOT NULL, note text, UNIQUE (at, note)) PARTITION BY RANGE (at);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE p DETACH PARTITION p2;
ALTER TABLE q ATTACH PARTITION p2 FOR VALUES FROM ('2025-01-01') TO ('2030-01-01');

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p2;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p2 ADD CONSTRAINT p2_at_note_key UNIQUE (at, note);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.q ATTACH PARTITION dw__app__public.p2 FOR VALUES FROM ('2025-01-01') TO ('2030-01-01');
