-- Columns of the whole: added, retyped, dropped, renamed, each said once.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);
ALTER TABLE p1 ADD CONSTRAINT own CHECK (note <> '');
CREATE INDEX own_index ON p2 (lower(note));

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE p ADD x int DEFAULT 1;
ALTER TABLE p ALTER id TYPE bigint;
ALTER TABLE p RENAME note TO "Note";
ALTER TABLE p ADD CONSTRAINT c CHECK (x > 0);

-- plan
-- finding: changes_type transformable
ALTER TABLE dw__app__public.p ALTER COLUMN id TYPE bigint;
ALTER TABLE dw__app__public.p ADD COLUMN x integer DEFAULT 1;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT c CHECK ((x > 0));
