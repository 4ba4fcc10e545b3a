-- A comment changes.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE ON "T" FOR EACH ROW EXECUTE FUNCTION note();
COMMENT ON TRIGGER a ON "T" IS 'old';

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
COMMENT ON TRIGGER a ON "T" IS 'new';

-- plan
COMMENT ON TRIGGER a ON dw__app__public.t IS 'new';
