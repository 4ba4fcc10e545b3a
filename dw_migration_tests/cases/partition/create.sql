-- A partitioned table with partitions, and what each has of its own.

-- before
CREATE TABLE a (id int PRIMARY KEY);

-- after
CREATE TABLE "Orders" ("Id" int, "At" date NOT NULL, a int REFERENCES a, note text DEFAULT 'x' CHECK (note <> ''),
    PRIMARY KEY ("Id", "At")) PARTITION BY RANGE ("At");
CREATE TABLE "Orders_2024" PARTITION OF "Orders" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE orders_rest PARTITION OF "Orders" (note DEFAULT 'y', CHECK ("Id" > 0)) DEFAULT;
CREATE INDEX ON "Orders" (note);
CREATE INDEX own ON "Orders_2024" (lower(note));
ALTER INDEX orders_rest_note_idx RENAME TO "Its Own Name";
COMMENT ON TABLE "Orders_2024" IS 'one year';
COMMENT ON COLUMN "Orders_2024".note IS 'of one year';

-- plan
CREATE TABLE dw__app__public.orders (
    id integer NOT NULL,
    at date NOT NULL,
    a integer,
    note text DEFAULT 'x'::text,
    CONSTRAINT orders_pkey PRIMARY KEY (id, at),
    CONSTRAINT orders_note_check CHECK ((note <> ''::text))
) PARTITION BY RANGE (at);
CREATE TABLE dw__app__public.orders_2024 (
    LIKE dw__app__public.orders INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT orders_2024_pkey PRIMARY KEY (id, at)
);
CREATE TABLE dw__app__public.orders_rest (
    LIKE dw__app__public.orders INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT orders_rest_pkey PRIMARY KEY (id, at),
    CONSTRAINT orders_rest_id_check CHECK ((id > 0))
);
ALTER TABLE dw__app__public.orders_rest ALTER COLUMN note SET DEFAULT 'y'::text;
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_a_fkey FOREIGN KEY (a) REFERENCES dw__app__public.a (id);
CREATE INDEX orders_2024_note_idx ON dw__app__public.orders_2024 USING btree (note);
CREATE INDEX own ON dw__app__public.orders_2024 USING btree (lower(note));
CREATE INDEX "its own name" ON dw__app__public.orders_rest USING btree (note);
CREATE INDEX orders_note_idx ON dw__app__public.orders USING btree (note);
ALTER TABLE ONLY dw__app__public.orders ATTACH PARTITION dw__app__public.orders_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE ONLY dw__app__public.orders ATTACH PARTITION dw__app__public.orders_rest DEFAULT;
COMMENT ON TABLE dw__app__public.orders_2024 IS 'one year';
COMMENT ON COLUMN dw__app__public.orders_2024.note IS 'of one year';
