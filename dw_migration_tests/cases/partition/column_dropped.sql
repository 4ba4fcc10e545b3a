-- A column of the whole goes, with an index of a partition on it.
-- loses: p.note, p1.note, p2.note

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);
CREATE INDEX own_index ON p2 (lower(note));

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE p DROP COLUMN note;

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.p_note;
-- finding: drops_index transformable
DROP INDEX dw__app__public.own_index;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.p DROP COLUMN note;
