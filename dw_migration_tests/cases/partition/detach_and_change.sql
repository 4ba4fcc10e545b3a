-- A partition is detached, and each of the two goes its own way.
-- loses: p.note, p2.note

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE p DETACH PARTITION p2;
ALTER TABLE p ADD x int;
ALTER TABLE p ALTER note TYPE varchar(10);
ALTER TABLE p2 DROP COLUMN note;
ALTER TABLE p2 ADD "Y" text;
DROP INDEX p_note;

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p2;
-- finding: drops_index transformable
DROP INDEX dw__app__public.p_note;
-- finding: drops_index transformable
DROP INDEX dw__app__public.p2_note_idx;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.p2 DROP COLUMN note;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.p ALTER COLUMN note TYPE character varying(10);
ALTER TABLE dw__app__public.p ADD COLUMN x integer;
ALTER TABLE dw__app__public.p2 ADD COLUMN y text;
