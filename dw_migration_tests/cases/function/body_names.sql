-- Names in a body: with a schema, in quotes, in literals.

-- before
CREATE SCHEMA "Other";
CREATE TABLE "T" ("Id" int);
CREATE TABLE "Other"."T2" ("Id" int);

-- after
CREATE FUNCTION f("X" int) RETURNS bigint LANGUAGE plpgsql SET search_path TO public, "Other", pg_temp AS $$
DECLARE
  r public."T"%ROWTYPE; -- public."T"
  "Sum" bigint := 0;
BEGIN
  FOR r IN SELECT t."Id" FROM public."T" t JOIN "Other"."T2" ON "T2"."Id" = t."Id" WHERE public."T" IS NOT NULL LOOP
    "Sum" := "Sum" + r."Id" + "X";
  END LOOP;
  PERFORM 'public."T"'::regclass, 'public."T" is text', nextval('public.nothing');
  EXECUTE format('SELECT 1 FROM %I', 'T');
  RETURN "Sum";
END $$;

-- plan
-- finding: leaves_names_in_code transformable
CREATE FUNCTION dw__app__public.f(x integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'dw__app__public', 'dw__app__other', 'pg_temp'
AS $function$
DECLARE
  r dw__app__public.t%ROWTYPE; -- public."T"
  sum bigint := 0;
BEGIN
  FOR r IN SELECT t.id FROM dw__app__public.t t JOIN dw__app__other.t2 ON t2.id = t.id WHERE dw__app__public.t IS NOT NULL LOOP
    sum := sum + r.id + x;
  END LOOP;
  PERFORM 'dw__app__public.t'::regclass, 'public."T" is text', nextval('public.nothing');
  EXECUTE format('SELECT 1 FROM %I', 'T');
  RETURN sum;
END $function$;
