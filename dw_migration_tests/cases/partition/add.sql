-- A partition more: made with the indexes of the whole under its own names, then attached.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
ALTER INDEX p3_note_idx RENAME TO other_name;

-- plan
CREATE TABLE dw__app__public.p3 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p3_pkey PRIMARY KEY (id, at)
);
CREATE INDEX other_name ON dw__app__public.p3 USING btree (note);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p3 FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
