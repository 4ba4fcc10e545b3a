-- A policy goes.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE POLICY p ON "T" USING (b > 1);

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP POLICY p ON "T";

-- plan
-- finding: hides_rows breaking
DROP POLICY p ON dw__app__public.t;
