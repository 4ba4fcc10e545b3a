-- Other bounds while the whole changes: what is detached for it changes with it.
-- loses: p.note, p1.note, p2.note

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE p ADD x int NOT NULL DEFAULT 3;
ALTER TABLE p DROP COLUMN note;
ALTER TABLE p DETACH PARTITION p2;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM ('2025-01-01') TO ('2029-01-01');

-- plan
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p2;
-- finding: drops_index transformable
DROP INDEX dw__app__public.p_note;
-- finding: drops_index transformable
DROP INDEX dw__app__public.p2_note_idx;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.p DROP COLUMN note;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.p2 DROP COLUMN note;
ALTER TABLE dw__app__public.p ADD COLUMN x integer DEFAULT 3 NOT NULL;
ALTER TABLE dw__app__public.p2 ADD COLUMN x integer DEFAULT 3 NOT NULL;
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p2 FOR VALUES FROM ('2025-01-01') TO ('2029-01-01');
