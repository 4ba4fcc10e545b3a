-- The default of the whole changes: partitions have it too, but for the one with its own.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);
ALTER TABLE p ALTER note SET DEFAULT 'a';
ALTER TABLE p1 ALTER note SET DEFAULT 'b';
ALTER TABLE p2 ALTER id SET DEFAULT 7;

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE ONLY p ALTER note SET DEFAULT 'c';
ALTER TABLE ONLY p ALTER id SET DEFAULT 8;
ALTER TABLE p2 ALTER note SET DEFAULT 'c';

-- plan
ALTER TABLE dw__app__public.p ALTER COLUMN id SET DEFAULT 8;
ALTER TABLE dw__app__public.p ALTER COLUMN note SET DEFAULT 'c'::text;
ALTER TABLE dw__app__public.p1 ALTER COLUMN id DROP DEFAULT;
ALTER TABLE dw__app__public.p1 ALTER COLUMN note SET DEFAULT 'b'::text;
ALTER TABLE dw__app__public.p2 ALTER COLUMN id SET DEFAULT 7;
