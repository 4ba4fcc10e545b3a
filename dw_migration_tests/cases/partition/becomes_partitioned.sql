-- A plain table becomes a partitioned one: it is made anew, its rows move, and all that stands on it is there again.

-- before
CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'seen'; RETURN NEW; END $$;
CREATE TABLE customer (id int PRIMARY KEY);
CREATE TABLE p (
    id bigint GENERATED ALWAYS AS IDENTITY, number serial, at date NOT NULL, note text DEFAULT 'x' CHECK (note <> ''),
    customer int REFERENCES customer, twice bigint GENERATED ALWAYS AS (customer * 2) STORED,
    CONSTRAINT p_pkey PRIMARY KEY (id, at)
);
CREATE INDEX p_note ON p (lower(note));
CREATE STATISTICS p_both ON id, at FROM p;
CREATE VIEW v AS SELECT id, note FROM p;
CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM v;
CREATE TABLE child (id bigint, at date, FOREIGN KEY (id, at) REFERENCES p (id, at));
CREATE TRIGGER before_each BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION seen();
COMMENT ON TABLE p IS 'all of them';
COMMENT ON COLUMN p.note IS 'what was noted';

-- rows
INSERT INTO customer VALUES (1);
INSERT INTO p (at, note, customer) VALUES ('2024-05-05', 'a', 1), ('2025-05-05', 'b', NULL), ('2030-01-01', NULL, 1);
INSERT INTO child VALUES (1, '2024-05-05');

-- after
ALTER TABLE p RENAME TO p_old;
ALTER TABLE p_old RENAME CONSTRAINT p_pkey TO p_old_pkey;
DROP MATERIALIZED VIEW m;
DROP VIEW v;
DROP INDEX p_note;
DROP STATISTICS p_both;
ALTER TABLE child DROP CONSTRAINT child_id_at_fkey;
ALTER SEQUENCE p_id_seq RENAME TO p_old_id_seq;
CREATE TABLE p (
    id bigint GENERATED ALWAYS AS IDENTITY, number int DEFAULT nextval('p_number_seq') NOT NULL,
    at date NOT NULL, note text DEFAULT 'x' CHECK (note <> ''),
    customer int REFERENCES customer, twice bigint GENERATED ALWAYS AS (customer * 2) STORED,
    CONSTRAINT p_pkey PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE p_2024 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p_rest PARTITION OF p DEFAULT;
INSERT INTO p (id, number, at, note, customer) OVERRIDING SYSTEM VALUE SELECT id, number, at, note, customer FROM p_old;
ALTER SEQUENCE p_number_seq OWNED BY p.number;
DROP TABLE p_old;
CREATE INDEX p_note ON p (lower(note));
CREATE STATISTICS p_both ON id, at FROM p;
CREATE VIEW v AS SELECT id, note FROM p;
CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM v;
ALTER TABLE child ADD FOREIGN KEY (id, at) REFERENCES p (id, at);
CREATE TRIGGER before_each BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION seen();
COMMENT ON TABLE p IS 'all of them';
COMMENT ON COLUMN p.note IS 'what was noted';

-- plan
ALTER TABLE dw__app__public.p RENAME CONSTRAINT p_customer_fkey TO p_customer_fkey1;
ALTER TABLE dw__app__public.p RENAME CONSTRAINT p_note_check TO p_note_check1;
ALTER TABLE dw__app__public.p RENAME TO p__before;
ALTER SEQUENCE dw__app__public.p_id_seq RENAME TO p_id_seq__before;
ALTER SEQUENCE dw__app__public.p_number_seq OWNED BY NONE;
DROP STATISTICS dw__app__public.p_both;
-- finding: drops_index transformable
DROP INDEX dw__app__public.p_note;
ALTER TABLE dw__app__public.child DROP CONSTRAINT child_id_at_fkey;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.p__before DROP CONSTRAINT p_pkey;
-- finding: rebuilds_table transformable
CREATE TABLE dw__app__public.p (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT p_id_not_null1 NOT NULL,
    number integer DEFAULT nextval('dw__app__public.p_number_seq'::regclass) CONSTRAINT p_number_not_null1 NOT NULL,
    at date CONSTRAINT p_at_not_null1 NOT NULL,
    note text DEFAULT 'x'::text,
    customer integer,
    twice bigint GENERATED ALWAYS AS ((customer * 2)) STORED,
    CONSTRAINT p_pkey PRIMARY KEY (id, at),
    CONSTRAINT p_note_check1 CHECK ((note <> ''::text))
) PARTITION BY RANGE (at);
CREATE TABLE dw__app__public.p_2024 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p_2024_pkey PRIMARY KEY (id, at)
);
CREATE TABLE dw__app__public.p_rest (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p_rest_pkey PRIMARY KEY (id, at)
);
-- finding: changes_view transformable
CREATE OR REPLACE VIEW dw__app__public.v (id, note) AS
 SELECT id,
    note
   FROM dw__app__public.p;
CREATE INDEX p_2024_lower_idx ON dw__app__public.p_2024 USING btree (lower(note));
CREATE INDEX p_rest_lower_idx ON dw__app__public.p_rest USING btree (lower(note));
CREATE INDEX p_note ON dw__app__public.p USING btree (lower(note));
CREATE STATISTICS dw__app__public.p_both ON id, at FROM dw__app__public.p;
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p_rest DEFAULT;
INSERT INTO dw__app__public.p (id, number, at, note, customer) OVERRIDING SYSTEM VALUE SELECT id, number, at, note, customer FROM dw__app__public.p__before;
SELECT pg_catalog.setval('dw__app__public.p_id_seq', last_value, is_called) FROM dw__app__public.p_id_seq__before;
DROP TABLE dw__app__public.p__before;
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.child ADD CONSTRAINT child_id_at_fkey FOREIGN KEY (id, at) REFERENCES dw__app__public.p (id, at);
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_customer_fkey1 FOREIGN KEY (customer) REFERENCES dw__app__public.customer (id);
ALTER SEQUENCE dw__app__public.p_number_seq OWNED BY dw__app__public.p.number;
-- finding: runs_code transformable
CREATE TRIGGER before_each BEFORE INSERT ON dw__app__public.p FOR EACH ROW EXECUTE FUNCTION dw__app__public.seen();
COMMENT ON TABLE dw__app__public.p IS 'all of them';
COMMENT ON COLUMN dw__app__public.p.note IS 'what was noted';
