-- Views go, the last first.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE VIEW v AS SELECT "Id" FROM "Users";
CREATE VIEW w AS SELECT "Id" FROM v;

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
DROP VIEW w;
DROP VIEW v;

-- plan
-- finding: drops_view breaking
DROP VIEW dw__app__public.w;
-- finding: drops_view breaking
DROP VIEW dw__app__public.v;
