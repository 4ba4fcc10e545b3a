-- A table is partitioned by something else: partitions that stay by name get their rows anew.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, CONSTRAINT p_pkey PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p DEFAULT;
CREATE TABLE gone PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE apart PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX p_note ON p (note);
CREATE INDEX p1_own ON p1 (id) WHERE id > 0;

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b'), (3, '2026-05-05', 'c'), (-1, '2024-05-06', 'd');

-- after
ALTER TABLE p DETACH PARTITION apart;
CREATE TABLE kept AS SELECT * FROM p;
DROP TABLE p;
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, CONSTRAINT p_pkey PRIMARY KEY (id, at)) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2);
CREATE TABLE p2 PARTITION OF p DEFAULT;
CREATE TABLE fresh PARTITION OF p FOR VALUES FROM (2) TO (10);
CREATE INDEX p_note ON p (note);
CREATE INDEX p1_own ON p1 (id) WHERE id > 0;
INSERT INTO p SELECT * FROM kept;
DROP TABLE kept;

-- plan
ALTER TABLE dw__app__public.p RENAME TO p__before;
ALTER TABLE dw__app__public.p1 RENAME TO p1__before;
ALTER TABLE dw__app__public.p2 RENAME TO p2__before;
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.p__before DETACH PARTITION dw__app__public.apart;
-- finding: drops_index transformable
DROP INDEX dw__app__public.p1_own;
-- finding: drops_index transformable
DROP INDEX dw__app__public.p_note;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.p__before DROP CONSTRAINT p_pkey;
-- finding: rebuilds_table transformable
CREATE TABLE dw__app__public.p (
    id integer CONSTRAINT p_id_not_null1 NOT NULL,
    at date CONSTRAINT p_at_not_null1 NOT NULL,
    note text,
    CONSTRAINT p_pkey PRIMARY KEY (id, at)
) PARTITION BY RANGE (id);
CREATE TABLE dw__app__public.fresh (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT fresh_pkey PRIMARY KEY (id, at)
);
CREATE TABLE dw__app__public.p1 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p1_pkey PRIMARY KEY (id, at)
);
CREATE TABLE dw__app__public.p2 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p2_pkey PRIMARY KEY (id, at)
);
CREATE INDEX fresh_note_idx ON dw__app__public.fresh USING btree (note);
CREATE INDEX p1_note_idx ON dw__app__public.p1 USING btree (note);
CREATE INDEX p1_own ON dw__app__public.p1 USING btree (id) WHERE (id > 0);
CREATE INDEX p2_note_idx ON dw__app__public.p2 USING btree (note);
CREATE INDEX p_note ON dw__app__public.p USING btree (note);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.fresh FOR VALUES FROM (2) TO (10);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p1 FOR VALUES FROM (1) TO (2);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p2 DEFAULT;
INSERT INTO dw__app__public.p (id, at, note) SELECT id, at, note FROM dw__app__public.p__before;
DROP TABLE dw__app__public.p__before;
