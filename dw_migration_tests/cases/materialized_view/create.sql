-- A materialized view with its indexes.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
CREATE MATERIALIZED VIEW "M" WITH (fillfactor = 70) AS SELECT "Id", "Name" FROM "Users";
CREATE UNIQUE INDEX "M_Id" ON "M" ("Id");
CREATE INDEX ON "M" (lower("Name"));
COMMENT ON MATERIALIZED VIEW "M" IS 'm';
COMMENT ON COLUMN "M"."Id" IS 'c';
CREATE MATERIALIZED VIEW empty AS SELECT "Id" FROM "Users" WITH NO DATA;

-- plan
CREATE MATERIALIZED VIEW dw__app__public.empty (id) AS
 SELECT id
   FROM dw__app__public.users
WITH NO DATA;
CREATE MATERIALIZED VIEW dw__app__public.m (id, name) WITH (fillfactor='70') AS
 SELECT id,
    name
   FROM dw__app__public.users;
-- finding: adds_key breaking
CREATE UNIQUE INDEX m_id ON dw__app__public.m USING btree (id);
CREATE INDEX m_lower_idx ON dw__app__public.m USING btree (lower(name));
COMMENT ON MATERIALIZED VIEW dw__app__public.m IS 'm';
COMMENT ON COLUMN dw__app__public.m.id IS 'c';
