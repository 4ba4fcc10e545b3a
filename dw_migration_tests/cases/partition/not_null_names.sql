-- The NOT NULLs of partitions have the names that they have in the source, whichever way they came by them.
-- needs: 18

-- before
CREATE TABLE p (id int CONSTRAINT must NOT NULL, at date NOT NULL, note text) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 (id int NOT NULL, at date CONSTRAINT own NOT NULL, note text NOT NULL);
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE alone (id int NOT NULL, at date NOT NULL, note text);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');
INSERT INTO alone VALUES (3, '2026-05-05', 'b');

-- after
ALTER TABLE p DETACH PARTITION p2;
CREATE TABLE p3 PARTITION OF p (note NOT NULL) FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE alone2 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO p SELECT * FROM alone;
DROP TABLE alone;
ALTER TABLE alone2 RENAME TO alone;

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p2;
CREATE TABLE dw__app__public.p3 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
ALTER TABLE dw__app__public.p3 ALTER COLUMN note SET NOT NULL;
-- finding: attaches_partition breaking
ALTER TABLE dw__app__public.alone RENAME CONSTRAINT alone_id_not_null TO must;
ALTER TABLE dw__app__public.alone RENAME CONSTRAINT alone_at_not_null TO p_at_not_null;
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.alone FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p3 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
