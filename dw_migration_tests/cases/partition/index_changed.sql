-- An index of the whole is made anew with those of the partitions.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
DROP INDEX p_note;
CREATE INDEX p_note ON p (note DESC);

-- plan
DROP INDEX dw__app__public.p_note;
-- finding: alters transformable
CREATE INDEX p1_note_idx ON dw__app__public.p1 USING btree (note DESC);
-- finding: alters transformable
CREATE INDEX p2_note_idx ON dw__app__public.p2 USING btree (note DESC);
-- finding: alters transformable
CREATE INDEX p_note ON dw__app__public.p USING btree (note DESC);
