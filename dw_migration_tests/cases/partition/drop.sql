-- A partition goes, and its rows with it; a foreign key leads to the whole.
-- loses: p, p1

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);
CREATE TABLE line (id int, p_id int, p_at date, FOREIGN KEY (p_id, p_at) REFERENCES p);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
DROP TABLE line;
ALTER TABLE p DETACH PARTITION p1;
DROP TABLE p1;
CREATE TABLE line (id int, p_id int, p_at date, FOREIGN KEY (p_id, p_at) REFERENCES p);

-- plan
-- finding: drops_table breaking
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p1;
DROP TABLE dw__app__public.p1;
