-- A table becomes a partition, with its rows, and its index that of the whole.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);
CREATE TABLE "Old" (at date NOT NULL, note text, id int NOT NULL, PRIMARY KEY (id, at));
CREATE INDEX old_note ON "Old" (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');
INSERT INTO "Old" VALUES ('2023-01-01', 'o', 7);

-- after
ALTER TABLE p ATTACH PARTITION "Old" FOR VALUES FROM (MINVALUE) TO ('2024-01-01');

-- plan
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.old FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
