-- A column under a view goes, and the view does without.
-- loses: users.city

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE VIEW v AS SELECT "Id", city FROM "Users";

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
DROP VIEW v;
ALTER TABLE "Users" DROP city;
CREATE VIEW v AS SELECT "Id" FROM "Users";

-- plan
DROP VIEW dw__app__public.v;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.users DROP COLUMN city;
-- finding: changes_view breaking
CREATE VIEW dw__app__public.v (id) AS
 SELECT id
   FROM dw__app__public.users;
