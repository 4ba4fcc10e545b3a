-- Columns of partitioned tables, and of what is attached, cannot be retired: they are dropped.
-- drops retired
-- loses: p.note, p1.note, q.extra

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE q (id int NOT NULL, at date NOT NULL, extra int);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a');
INSERT INTO q VALUES (9, '2029-01-01', 1);

-- after
ALTER TABLE p DROP COLUMN note;
ALTER TABLE q DROP COLUMN extra;
ALTER TABLE p ATTACH PARTITION q DEFAULT;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.p DROP COLUMN note;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.q DROP COLUMN extra;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.q ADD CONSTRAINT q_pkey PRIMARY KEY (id, at);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.q DEFAULT;
