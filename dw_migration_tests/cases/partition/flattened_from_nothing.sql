-- A reference to one partition alone is left out with it.
-- flattened

-- before
CREATE TABLE a (id int);

-- after
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (id);
CREATE TABLE p2_1 PARTITION OF p2 DEFAULT;
CREATE INDEX p_note ON p (note);
CREATE TABLE line (p_id int, p_at date, FOREIGN KEY (p_id, p_at) REFERENCES p, FOREIGN KEY (p_id, p_at) REFERENCES p1);

-- plan
CREATE TABLE dw__app__public.line (
    p_id integer,
    p_at date
);
CREATE TABLE dw__app__public.p (
    id integer NOT NULL,
    at date NOT NULL,
    note text,
    CONSTRAINT p_pkey PRIMARY KEY (id, at)
);
ALTER TABLE dw__app__public.line ADD CONSTRAINT line_p_id_p_at_fkey FOREIGN KEY (p_id, p_at) REFERENCES dw__app__public.p (id, at);
CREATE INDEX p_note ON dw__app__public.p USING btree (note);
