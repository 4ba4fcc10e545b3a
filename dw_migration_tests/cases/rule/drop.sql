-- A rule goes.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE RULE r AS ON DELETE TO "T" DO INSTEAD NOTHING;

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP RULE r ON "T";

-- plan
-- finding: runs_code transformable
DROP RULE r ON dw__app__public.t;
