-- A view gets another name.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE VIEW v AS SELECT "Id" FROM "Users";
CREATE VIEW w AS SELECT "Id" FROM v;

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
ALTER VIEW v RENAME TO "Better";

-- plan
-- finding: renames transformable
ALTER VIEW dw__app__public.v RENAME TO better;
