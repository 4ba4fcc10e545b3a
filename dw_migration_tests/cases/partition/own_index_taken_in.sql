-- An index that a partition had is taken in by a new one of the whole.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);
CREATE INDEX mine ON p1 (id, note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
CREATE INDEX p_id_note ON p (id, note);

-- plan
CREATE INDEX p2_id_note_idx ON dw__app__public.p2 USING btree (id, note);
CREATE INDEX p_id_note ON dw__app__public.p USING btree (id, note);
