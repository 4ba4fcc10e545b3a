-- A body in SQL, which PostgreSQL has read.

-- before
CREATE TABLE "T" ("Id" int, "N" text);

-- after
CREATE FUNCTION f("X" int, y int) RETURNS SETOF "T" LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT "Id", "N" FROM "T" WHERE "Id" > "X" AND y > 0;
END;
CREATE FUNCTION g(a int) RETURNS int LANGUAGE sql RETURN a + 1;
CREATE VIEW v AS SELECT f."Id", g(1) AS g FROM f(1, 2);

-- plan
CREATE FUNCTION dw__app__public.f(x integer, y integer)
 RETURNS SETOF dw__app__public.t
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT t.id,
     t.n
    FROM dw__app__public.t
   WHERE ((t.id > f.x) AND (f.y > 0));
END;
CREATE FUNCTION dw__app__public.g(a integer)
 RETURNS integer
 LANGUAGE sql
RETURN (a + 1);
CREATE VIEW dw__app__public.v (id, g) AS
 SELECT id,
    dw__app__public.g(1) AS g
   FROM dw__app__public.f(1, 2) f(id, n);
