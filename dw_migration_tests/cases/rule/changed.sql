-- Another action; replaced in place.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE RULE r AS ON DELETE TO "T" DO INSTEAD NOTHING;

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
CREATE OR REPLACE RULE r AS ON DELETE TO "T" DO ALSO DELETE FROM log;
ALTER TABLE "T" DISABLE RULE r;

-- plan
-- finding: runs_code transformable
CREATE OR REPLACE RULE r AS
    ON DELETE TO dw__app__public.t DO  DELETE FROM dw__app__public.log;
ALTER TABLE dw__app__public.t DISABLE RULE r;
