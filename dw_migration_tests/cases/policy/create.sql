-- Policies, with and without queries.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
ALTER TABLE "T" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "P" ON "T" USING ("Id" > 1);
CREATE POLICY q ON "T" AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (EXISTS (SELECT 1 FROM log WHERE log."What" = "T"."A")) WITH CHECK (b IN (SELECT length(l."What") FROM log l));
COMMENT ON POLICY "P" ON "T" IS 'a policy';

-- plan
-- finding: hides_rows transformable
CREATE POLICY p ON dw__app__public.t FOR ALL TO PUBLIC USING ((id > 1));
-- finding: hides_rows breaking
CREATE POLICY q ON dw__app__public.t AS RESTRICTIVE FOR UPDATE TO PUBLIC USING ((EXISTS ( SELECT 1
   FROM dw__app__public.log
  WHERE (log.what = t.a)))) WITH CHECK ((b IN ( SELECT length(l.what) AS length
   FROM dw__app__public.log l)));
-- finding: hides_rows breaking
ALTER TABLE dw__app__public.t ENABLE ROW LEVEL SECURITY;
COMMENT ON POLICY p ON dw__app__public.t IS 'a policy';
