-- Every form of a query.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
CREATE VIEW a AS SELECT DISTINCT ON (u."Name") u."Name", rank() OVER "W" AS "Rank", CASE WHEN EXISTS (SELECT 1 FROM cities WHERE cities.id = u.city) THEN 'Users' ELSE "Name" END AS "Case" FROM "Users" u WINDOW "W" AS (PARTITION BY u.city ORDER BY u."Id");
CREATE VIEW b AS SELECT "Id" FROM "Users" UNION ALL SELECT id FROM cities ORDER BY 1;
CREATE VIEW c AS SELECT t."Key", t.n, g."I" FROM (SELECT "Name" AS "Key", count(*) AS n FROM "Users" GROUP BY "Name" HAVING count(*) > 1) t, LATERAL generate_series(1, t.n) g("I");
CREATE VIEW d AS SELECT 'public."Users"'::regclass AS r, u.*::"Users" AS "Row", (u.*).city AS "Field" FROM "Users" u;
CREATE VIEW e AS SELECT * FROM (VALUES (1, 'x'), (2, 'y')) v("A", "B");
CREATE VIEW f AS SELECT "Users"."Id" FROM "Users" CROSS JOIN LATERAL (SELECT cities."Name" FROM cities WHERE cities.id = "Users".city) AS "Sub";

-- plan
CREATE VIEW dw__app__public.a (name, rank, "case") AS
 SELECT DISTINCT ON (name) name,
    rank() OVER w AS rank,
        CASE
            WHEN (EXISTS ( SELECT 1
               FROM dw__app__public.cities
              WHERE (cities.id = u.city))) THEN 'Users'::text
            ELSE name
        END AS "case"
   FROM dw__app__public.users u
  WINDOW w AS (PARTITION BY city ORDER BY id);
CREATE VIEW dw__app__public.b (id) AS
 SELECT users.id
   FROM dw__app__public.users
UNION ALL
 SELECT cities.id AS id
   FROM dw__app__public.cities
  ORDER BY 1;
CREATE VIEW dw__app__public.c (key, n, i) AS
 SELECT t.key,
    t.n,
    g.i
   FROM ( SELECT users.name AS key,
            count(*) AS n
           FROM dw__app__public.users
          GROUP BY users.name
         HAVING (count(*) > 1)) t,
    LATERAL generate_series((1)::bigint, t.n) g(i);
CREATE VIEW dw__app__public.d (r, "row", field) AS
 SELECT 'dw__app__public.users'::regclass AS r,
    u.*::dw__app__public.users AS "row",
    city AS field
   FROM dw__app__public.users u;
CREATE VIEW dw__app__public.e (a, b) AS
 SELECT a,
    b
   FROM ( VALUES (1,'x'::text), (2,'y'::text)) v(a, b);
CREATE VIEW dw__app__public.f (id) AS
 SELECT users.id
   FROM (dw__app__public.users
     CROSS JOIN LATERAL ( SELECT cities.name
           FROM dw__app__public.cities
          WHERE (cities.id = users.city)) sub);
