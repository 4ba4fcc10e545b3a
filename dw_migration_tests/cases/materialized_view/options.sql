-- Parameters, and whether it is filled.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE MATERIALIZED VIEW m AS SELECT "Id" FROM "Users";
CREATE MATERIALIZED VIEW n AS SELECT "Id" FROM "Users" WITH NO DATA;

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
ALTER MATERIALIZED VIEW m SET (fillfactor = 50);
REFRESH MATERIALIZED VIEW m WITH NO DATA;
REFRESH MATERIALIZED VIEW n;

-- plan
-- finding: alters transformable
ALTER MATERIALIZED VIEW dw__app__public.m SET (fillfactor='50');
REFRESH MATERIALIZED VIEW dw__app__public.m WITH NO DATA;
-- finding: alters transformable
REFRESH MATERIALIZED VIEW dw__app__public.n;
