-- An index of the whole: each partition's is made under its name, and taken in.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
CREATE UNIQUE INDEX p_un ON p (at, note) INCLUDE (id);
ALTER INDEX p1_at_note_id_idx RENAME TO "P1 own";

-- plan
-- finding: adds_key breaking
CREATE UNIQUE INDEX "p1 own" ON dw__app__public.p1 USING btree (at, note) INCLUDE (id);
-- finding: adds_key breaking
CREATE UNIQUE INDEX p2_at_note_id_idx ON dw__app__public.p2 USING btree (at, note) INCLUDE (id);
-- finding: adds_key breaking
CREATE UNIQUE INDEX p_un ON dw__app__public.p USING btree (at, note) INCLUDE (id);
