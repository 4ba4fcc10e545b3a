-- It gets another name.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE MATERIALIZED VIEW m AS SELECT "Id" FROM "Users";
CREATE INDEX i ON m ("Id");

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
ALTER MATERIALIZED VIEW m RENAME TO n;

-- plan
-- finding: renames transformable
ALTER MATERIALIZED VIEW dw__app__public.m RENAME TO n;
