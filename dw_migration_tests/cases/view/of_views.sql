-- Views stand on views.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
CREATE VIEW "A" AS SELECT "Id" AS "Key" FROM "Users";
CREATE VIEW "B" AS SELECT a."Key", x."Key" AS other FROM "A" a JOIN "A" x USING ("Key");
CREATE VIEW "C" AS WITH "Big" AS (SELECT "Key" FROM "B" WHERE other > 1) SELECT "Big"."Key", (SELECT count(*) FROM "Big" q WHERE q."Key" = "Big"."Key") AS "N" FROM "Big";

-- plan
CREATE VIEW dw__app__public.a (key) AS
 SELECT id AS key
   FROM dw__app__public.users;
CREATE VIEW dw__app__public.b (key, other) AS
 SELECT a.key,
    x.key AS other
   FROM (dw__app__public.a a
     JOIN dw__app__public.a x USING (key));
CREATE VIEW dw__app__public.c (key, n) AS
 WITH big AS (
         SELECT b.key
           FROM dw__app__public.b
          WHERE (b.other > 1)
        )
 SELECT key,
    ( SELECT count(*) AS count
           FROM big q
          WHERE (q.key = big.key)) AS n
   FROM big;
