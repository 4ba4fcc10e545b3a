-- A column more, behind the others: replaced in place.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE VIEW v AS SELECT "Id" FROM "Users";
CREATE VIEW w AS SELECT "Id" FROM v;

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
CREATE OR REPLACE VIEW v AS SELECT "Id", "Name" FROM "Users" WHERE "Id" > 1;

-- plan
-- finding: changes_view transformable
CREATE OR REPLACE VIEW dw__app__public.v (id, name) AS
 SELECT id,
    name
   FROM dw__app__public.users
  WHERE (id > 1);
