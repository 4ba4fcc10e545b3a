-- Indexes of the whole and of a partition get other names.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER INDEX p_note RENAME TO p_other;
ALTER INDEX p1_note_idx RENAME TO p1_other;
ALTER TABLE p RENAME CONSTRAINT p_pkey TO p_key;
ALTER TABLE p1 RENAME CONSTRAINT p1_pkey TO p1_key;

-- plan
ALTER INDEX dw__app__public.p_note RENAME TO p_other;
ALTER INDEX dw__app__public.p1_note_idx RENAME TO p1_other;
ALTER TABLE dw__app__public.p RENAME CONSTRAINT p_pkey TO p_key;
ALTER TABLE dw__app__public.p1 RENAME CONSTRAINT p1_pkey TO p1_key;
