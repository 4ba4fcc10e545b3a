-- A table is made like the whole, then attached.
-- loses: q.extra

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);
CREATE TABLE q (id bigint, at date, extra int);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');
INSERT INTO q VALUES (9, '2029-01-01', 1);

-- after
ALTER TABLE q DROP COLUMN extra, ALTER id TYPE int, ALTER id SET NOT NULL, ALTER at SET NOT NULL, ADD note text;
ALTER TABLE p ATTACH PARTITION q DEFAULT;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.q DROP COLUMN extra;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.q ALTER COLUMN at SET NOT NULL;
-- finding: changes_type breaking
-- finding: requires_value breaking
ALTER TABLE dw__app__public.q ALTER COLUMN id TYPE integer;
ALTER TABLE dw__app__public.q ALTER COLUMN id SET NOT NULL;
ALTER TABLE dw__app__public.q ADD COLUMN note text;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.q ADD CONSTRAINT q_pkey PRIMARY KEY (id, at);
CREATE INDEX q_note_idx ON dw__app__public.q USING btree (note);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.q DEFAULT;
