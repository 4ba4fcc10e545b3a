-- A view without columns.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
CREATE VIEW v AS SELECT FROM "Users";

-- plan
CREATE VIEW dw__app__public.v AS
 SELECT
   FROM dw__app__public.users;
