-- A default partition more.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
CREATE TABLE p_rest PARTITION OF p DEFAULT;

-- plan
CREATE TABLE dw__app__public.p_rest (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p_rest_pkey PRIMARY KEY (id, at)
);
CREATE INDEX p_rest_note_idx ON dw__app__public.p_rest USING btree (note);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p_rest DEFAULT;
