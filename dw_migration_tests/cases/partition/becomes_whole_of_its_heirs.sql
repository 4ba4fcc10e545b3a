-- A table that others inherit from becomes partitioned, and they its partitions: they keep their rows.
-- spelt otherwise after the way down: what it had inherited is its own, too

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL);
CREATE TABLE p1 (CHECK (at >= '2024-01-01' AND at < '2025-01-01')) INHERITS (p);
CREATE INDEX p1_at ON p1 (at);

-- rows
INSERT INTO p VALUES (1, '2023-05-05');
INSERT INTO p1 VALUES (2, '2024-05-05');

-- after
ALTER TABLE p1 NO INHERIT p;
ALTER TABLE p RENAME TO p_rest;
CREATE TABLE p (id int NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE p_old PARTITION OF p DEFAULT;
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO p SELECT * FROM p_rest;
DROP TABLE p_rest;

-- plan
ALTER TABLE dw__app__public.p RENAME TO p__before;
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.p1 NO INHERIT dw__app__public.p__before;
-- finding: rebuilds_table transformable
CREATE TABLE dw__app__public.p (
    id integer CONSTRAINT p_id_not_null1 NOT NULL,
    at date CONSTRAINT p_at_not_null1 NOT NULL
) PARTITION BY RANGE (at);
CREATE TABLE dw__app__public.p_old (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p_old DEFAULT;
INSERT INTO dw__app__public.p (id, at) SELECT id, at FROM dw__app__public.p__before;
DROP TABLE dw__app__public.p__before;
