-- A trigger goes with its function.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE TRIGGER a BEFORE INSERT ON "T" FOR EACH ROW EXECUTE FUNCTION "Note"();

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP TRIGGER a ON "T";
DROP FUNCTION "Note"();

-- plan
-- finding: runs_code transformable
DROP TRIGGER a ON dw__app__public.t;
-- finding: drops_function breaking
DROP FUNCTION dw__app__public.note();
