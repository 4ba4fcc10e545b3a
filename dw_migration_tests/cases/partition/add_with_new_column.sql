-- A partition more, and at once a column more in the whole: the new one has it, and it is added once.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
ALTER TABLE p ADD extra int DEFAULT 5 NOT NULL CHECK (extra > 0);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE p ALTER note TYPE varchar(20);

-- plan
ALTER TABLE dw__app__public.p ADD COLUMN extra integer DEFAULT 5 NOT NULL;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.p ALTER COLUMN note TYPE character varying(20);
-- finding: adds_check breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_extra_check CHECK ((extra > 0));
CREATE TABLE dw__app__public.p3 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p3_pkey PRIMARY KEY (id, at)
);
CREATE INDEX p3_note_idx ON dw__app__public.p3 USING btree (note);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p3 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
