-- A column under a policy gets another type.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE POLICY p ON "T" USING (b > 1);

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP POLICY p ON "T";
ALTER TABLE "T" ALTER b TYPE bigint;
CREATE POLICY p ON "T" USING (b > 1);

-- plan
DROP POLICY p ON dw__app__public.t;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE bigint;
CREATE POLICY p ON dw__app__public.t FOR ALL TO PUBLIC USING ((b > 1));
