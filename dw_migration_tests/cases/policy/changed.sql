-- Other conditions: in place, or anew.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;
CREATE POLICY p ON "T" USING (b > 1);
CREATE POLICY q ON "T" FOR SELECT USING (b > 1);

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
ALTER POLICY p ON "T" USING (b > 2);
DROP POLICY q ON "T";
CREATE POLICY q ON "T" FOR ALL USING (b > 1) WITH CHECK (b > 0);

-- plan
DROP POLICY q ON dw__app__public.t;
-- finding: hides_rows breaking
ALTER POLICY p ON dw__app__public.t USING ((b > 2));
-- finding: hides_rows transformable
CREATE POLICY q ON dw__app__public.t FOR ALL TO PUBLIC USING ((b > 1)) WITH CHECK ((b > 0));
