-- What is written is looked at too.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE POLICY p ON "T" FOR UPDATE USING (b > 1);

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP POLICY p ON "T";
CREATE POLICY p ON "T" FOR UPDATE USING (b > 1) WITH CHECK (b > 1);

-- plan
DROP POLICY p ON dw__app__public.t;
-- finding: hides_rows transformable
CREATE POLICY p ON dw__app__public.t FOR UPDATE TO PUBLIC USING ((b > 1)) WITH CHECK ((b > 1));
