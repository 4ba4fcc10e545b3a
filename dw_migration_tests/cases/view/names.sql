-- Odd names, several schemas, an alias that bears a schema's name.

-- before
CREATE SCHEMA "Sales.EU";
CREATE TABLE "Sales.EU"."Or""der" ("select" int PRIMARY KEY, "Größe" text, "a.b" int);
CREATE TABLE public.t (public int, "user" text);

-- rows
INSERT INTO "Sales.EU"."Or""der" VALUES (1, 'x', 2);

-- after
CREATE VIEW "Sales.EU"."V.1" AS SELECT public."select", public."Größe", public."a.b", t.public FROM "Sales.EU"."Or""der" public, public.t WHERE t."user" = 'Sales.EU.Or"der';
CREATE VIEW public.w AS SELECT public.public, public."user" FROM public.t public;

-- plan
CREATE VIEW dw__app__public.w (public, "user") AS
 SELECT public,
    "user"
   FROM dw__app__public.t public;
CREATE VIEW "dw__app__sales.eu"."v.1" ("select", "größe", "a.b", public) AS
 SELECT public."select",
    public."größe",
    public."a.b",
    t.public
   FROM "dw__app__sales.eu"."or""der" public,
    dw__app__public.t
  WHERE (t."user" = 'Sales.EU.Or"der'::text);
