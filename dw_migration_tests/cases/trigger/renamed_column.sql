-- The column of a trigger gets another name.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE OF b ON "T" FOR EACH ROW WHEN (OLD.b <> NEW.b) EXECUTE FUNCTION "Note"();

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
ALTER TABLE "T" RENAME b TO c;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN b TO c;
