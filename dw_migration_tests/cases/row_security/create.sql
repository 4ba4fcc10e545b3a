-- In force, and for the owner too.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE TABLE u ();

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
ALTER TABLE "T" ENABLE ROW LEVEL SECURITY;
ALTER TABLE u FORCE ROW LEVEL SECURITY;

-- plan
-- finding: hides_rows breaking
ALTER TABLE dw__app__public.t ENABLE ROW LEVEL SECURITY;
-- finding: hides_rows breaking
ALTER TABLE dw__app__public.u FORCE ROW LEVEL SECURITY;
