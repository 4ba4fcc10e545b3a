-- A comment comes and goes with it.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE POLICY p ON "T" FOR UPDATE USING (b > 1);

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
COMMENT ON POLICY p ON "T" IS 'who';

-- plan
COMMENT ON POLICY p ON dw__app__public.t IS 'who';
