-- Table and columns under a view get other names.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE VIEW v AS SELECT u."Id", c."Name" FROM "Users" u JOIN cities c ON c.id = u.city;
CREATE VIEW w AS SELECT city, at FROM "Users";

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
ALTER TABLE "Users" RENAME TO people;
ALTER TABLE people RENAME city TO town;
ALTER TABLE cities RENAME "Name" TO title;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.users RENAME TO people;
-- finding: renames transformable
ALTER TABLE dw__app__public.cities RENAME COLUMN name TO title;
-- finding: renames transformable
ALTER TABLE dw__app__public.people RENAME COLUMN city TO town;
