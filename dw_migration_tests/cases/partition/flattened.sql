-- With objects.partitions: flatten, a partitioned table is one plain table, and its partitions are nowhere.
-- flattened

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (id);
CREATE TABLE p2_1 PARTITION OF p2 DEFAULT;
CREATE INDEX p_note ON p (note);
CREATE INDEX own ON p1 (at);
ALTER TABLE p1 ADD CHECK (id > 0);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE p ADD UNIQUE (id, at, note);
ALTER TABLE p ADD x int DEFAULT 1;
CREATE TABLE q (id int PRIMARY KEY, p_id int, p_at date, FOREIGN KEY (p_id, p_at) REFERENCES p) PARTITION BY HASH (id);
CREATE TABLE q0 PARTITION OF q FOR VALUES WITH (MODULUS 1, REMAINDER 0);
ALTER TABLE p DETACH PARTITION p2;
DROP TABLE p2;
INSERT INTO p VALUES (2, '2026-05-05', 'b');
DELETE FROM p WHERE id = 2;
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO p (id, at, note) VALUES (2, '2025-05-05', 'b');

-- plan
CREATE TABLE dw__app__public.q (
    id integer NOT NULL,
    p_id integer,
    p_at date,
    CONSTRAINT q_pkey PRIMARY KEY (id)
);
ALTER TABLE dw__app__public.p ADD COLUMN x integer DEFAULT 1;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_id_at_note_key UNIQUE (id, at, note);
ALTER TABLE dw__app__public.q ADD CONSTRAINT q_p_id_p_at_fkey FOREIGN KEY (p_id, p_at) REFERENCES dw__app__public.p (id, at);
