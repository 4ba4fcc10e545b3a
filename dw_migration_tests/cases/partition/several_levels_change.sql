-- A middle level is detached with all that is below it, and columns change at the top.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (id);
CREATE TABLE p2_1 PARTITION OF p2 DEFAULT;
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE p ADD x int DEFAULT 1 NOT NULL;
ALTER TABLE p DETACH PARTITION p2;
ALTER TABLE p2 ADD own text;
CREATE TABLE p2_2 PARTITION OF p2 FOR VALUES IN (7);
CREATE INDEX ON p2 (own);

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p2;
ALTER TABLE dw__app__public.p ADD COLUMN x integer DEFAULT 1 NOT NULL;
ALTER TABLE dw__app__public.p2 ADD COLUMN own text;
ALTER TABLE dw__app__public.p2 ADD COLUMN x integer DEFAULT 1 NOT NULL;
CREATE TABLE dw__app__public.p2_2 (
    LIKE dw__app__public.p2 INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p2_2_pkey PRIMARY KEY (id, at)
);
CREATE INDEX p2_1_own_idx ON dw__app__public.p2_1 USING btree (own);
CREATE INDEX p2_2_note_idx ON dw__app__public.p2_2 USING btree (note);
CREATE INDEX p2_2_own_idx ON dw__app__public.p2_2 USING btree (own);
CREATE INDEX p2_own_idx ON dw__app__public.p2 USING btree (own);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p2 ATTACH PARTITION dw__app__public.p2_2 FOR VALUES IN (7);
