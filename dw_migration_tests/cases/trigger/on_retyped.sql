-- A column that a trigger looks at gets another type.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE OF b ON "T" FOR EACH ROW WHEN (NEW.b > 1) EXECUTE FUNCTION "Note"();
COMMENT ON TRIGGER a ON "T" IS 'kept';

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP TRIGGER a ON "T";
ALTER TABLE "T" ALTER b TYPE bigint;
CREATE TRIGGER a BEFORE UPDATE OF b ON "T" FOR EACH ROW WHEN (NEW.b > 1) EXECUTE FUNCTION "Note"();
COMMENT ON TRIGGER a ON "T" IS 'kept';

-- plan
DROP TRIGGER a ON dw__app__public.t;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE bigint;
CREATE TRIGGER a BEFORE UPDATE OF b ON dw__app__public.t FOR EACH ROW WHEN ((new.b > 1)) EXECUTE FUNCTION dw__app__public.note();
COMMENT ON TRIGGER a ON dw__app__public.t IS 'kept';
