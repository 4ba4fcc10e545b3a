-- It gets another name.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE POLICY p ON "T" FOR UPDATE USING (b > 1);

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
ALTER POLICY p ON "T" RENAME TO "Q";

-- plan
-- finding: hides_rows breaking
DROP POLICY p ON dw__app__public.t;
-- finding: hides_rows transformable
CREATE POLICY q ON dw__app__public.t FOR UPDATE TO PUBLIC USING ((b > 1));
