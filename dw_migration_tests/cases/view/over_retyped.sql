-- A column under views gets another type.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE VIEW v AS SELECT "Id", city FROM "Users";
CREATE VIEW w AS SELECT city FROM v;

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
DROP VIEW w;
DROP VIEW v;
ALTER TABLE "Users" ALTER city TYPE bigint;
CREATE VIEW v AS SELECT "Id", city FROM "Users";
CREATE VIEW w AS SELECT city FROM v;

-- plan
DROP VIEW dw__app__public.w;
DROP VIEW dw__app__public.v;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.users ALTER COLUMN city TYPE bigint;
-- finding: changes_view transformable
CREATE VIEW dw__app__public.v (id, city) AS
 SELECT id,
    city
   FROM dw__app__public.users;
-- finding: changes_view transformable
CREATE VIEW dw__app__public.w (city) AS
 SELECT city
   FROM dw__app__public.v;
