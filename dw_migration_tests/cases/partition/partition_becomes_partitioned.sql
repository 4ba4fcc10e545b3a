-- A partition gets partitions of its own: it makes room for its successor among the partitions of the whole.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b'), (2, '2024-05-05', 'c');

-- after
ALTER TABLE p DETACH PARTITION p1;
ALTER TABLE p1 RENAME TO p1_old;
ALTER TABLE p1_old DROP CONSTRAINT p1_pkey;
DROP INDEX p1_note_idx;
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (id);
CREATE TABLE p1_1 PARTITION OF p1 FOR VALUES IN (1);
CREATE TABLE p1_rest PARTITION OF p1 DEFAULT;
INSERT INTO p SELECT * FROM p1_old;
DROP TABLE p1_old;

-- plan
ALTER TABLE dw__app__public.p1 RENAME TO p1__before;
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p1__before;
-- finding: drops_index transformable
DROP INDEX dw__app__public.p1_note_idx;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.p1__before DROP CONSTRAINT p1_pkey;
-- finding: rebuilds_table transformable
CREATE TABLE dw__app__public.p1 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p1_pkey PRIMARY KEY (id, at)
) PARTITION BY LIST (id);
CREATE TABLE dw__app__public.p1_1 (
    LIKE dw__app__public.p1 INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p1_1_pkey PRIMARY KEY (id, at)
);
CREATE TABLE dw__app__public.p1_rest (
    LIKE dw__app__public.p1 INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p1_rest_pkey PRIMARY KEY (id, at)
);
CREATE INDEX p1_1_note_idx ON dw__app__public.p1_1 USING btree (note);
CREATE INDEX p1_rest_note_idx ON dw__app__public.p1_rest USING btree (note);
CREATE INDEX p1_note_idx ON dw__app__public.p1 USING btree (note);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE ONLY dw__app__public.p1 ATTACH PARTITION dw__app__public.p1_1 FOR VALUES IN (1);
ALTER TABLE ONLY dw__app__public.p1 ATTACH PARTITION dw__app__public.p1_rest DEFAULT;
INSERT INTO dw__app__public.p1 (id, at, note) SELECT id, at, note FROM dw__app__public.p1__before;
DROP TABLE dw__app__public.p1__before;
