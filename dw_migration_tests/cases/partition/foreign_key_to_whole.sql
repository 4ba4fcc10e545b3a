-- A foreign key to a partitioned table, and one to a partition alone.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
CREATE TABLE line (p_id int, p_at date, FOREIGN KEY (p_id, p_at) REFERENCES p ON DELETE CASCADE, FOREIGN KEY (p_id, p_at) REFERENCES p1);
ALTER TABLE p ADD parent int;
ALTER TABLE p ADD FOREIGN KEY (parent, at) REFERENCES p;

-- plan
CREATE TABLE dw__app__public.line (
    p_id integer,
    p_at date
);
ALTER TABLE dw__app__public.p ADD COLUMN parent integer;
ALTER TABLE dw__app__public.line ADD CONSTRAINT line_p_id_p_at_fkey FOREIGN KEY (p_id, p_at) REFERENCES dw__app__public.p (id, at) ON DELETE CASCADE;
ALTER TABLE dw__app__public.line ADD CONSTRAINT line_p_id_p_at_fkey1 FOREIGN KEY (p_id, p_at) REFERENCES dw__app__public.p1 (id, at);
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_parent_at_fkey FOREIGN KEY (parent, at) REFERENCES dw__app__public.p (id, at);
