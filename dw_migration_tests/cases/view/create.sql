-- A view comes with names, aliases and all.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
CREATE VIEW "Active" AS SELECT u."Id", u."Name" AS "Who", c."Name" FROM "Users" u LEFT JOIN cities c ON c.id = u.city WHERE u.at > now() ORDER BY u."Name";
CREATE VIEW plain AS SELECT "Name", "Id" + 1 AS "Next" FROM "Users";

-- plan
CREATE VIEW dw__app__public.active (id, who, name) AS
 SELECT u.id,
    u.name AS who,
    c.name
   FROM (dw__app__public.users u
     LEFT JOIN dw__app__public.cities c ON ((c.id = u.city)))
  WHERE (u.at > now())
  ORDER BY u.name;
CREATE VIEW dw__app__public.plain (name, next) AS
 SELECT name,
    (id + 1) AS next
   FROM dw__app__public.users;
