-- Another event; on and off.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE TRIGGER a BEFORE INSERT ON "T" FOR EACH ROW EXECUTE FUNCTION "Note"();
CREATE TRIGGER b BEFORE INSERT ON "T" FOR EACH ROW EXECUTE FUNCTION "Note"();

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP TRIGGER a ON "T";
CREATE TRIGGER a AFTER INSERT ON "T" FOR EACH ROW EXECUTE FUNCTION "Note"();
ALTER TABLE "T" ENABLE ALWAYS TRIGGER b;

-- plan
DROP TRIGGER a ON dw__app__public.t;
-- finding: runs_code transformable
CREATE TRIGGER a AFTER INSERT ON dw__app__public.t FOR EACH ROW EXECUTE FUNCTION dw__app__public.note();
-- finding: runs_code transformable
ALTER TABLE dw__app__public.t ENABLE ALWAYS TRIGGER b;
