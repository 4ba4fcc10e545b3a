-- What a partition has of its own comes and goes: check, key, foreign key, index, storage parameters.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);
CREATE TABLE a (id int PRIMARY KEY);

-- rows
INSERT INTO a VALUES (2);
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE p1 ADD CONSTRAINT own CHECK (id > 0);
ALTER TABLE p1 ADD UNIQUE (id);
ALTER TABLE p2 ADD FOREIGN KEY (id) REFERENCES a;
ALTER TABLE p1 SET (fillfactor = 50);
CREATE INDEX ON p2 (at);
ALTER TABLE p1 CLUSTER ON p1_note_idx;
ALTER TABLE p REPLICA IDENTITY USING INDEX p_pkey;
ALTER TABLE p2 REPLICA IDENTITY FULL;

-- plan
ALTER TABLE dw__app__public.p1 SET (fillfactor='50');
-- finding: adds_check breaking
ALTER TABLE dw__app__public.p1 ADD CONSTRAINT own CHECK ((id > 0));
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p1 ADD CONSTRAINT p1_id_key UNIQUE (id);
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.p2 ADD CONSTRAINT p2_id_fkey FOREIGN KEY (id) REFERENCES dw__app__public.a (id);
CREATE INDEX p2_at_idx ON dw__app__public.p2 USING btree (at);
ALTER TABLE dw__app__public.p1 CLUSTER ON p1_note_idx;
ALTER TABLE dw__app__public.p REPLICA IDENTITY USING INDEX p_pkey;
ALTER TABLE dw__app__public.p2 REPLICA IDENTITY FULL;
