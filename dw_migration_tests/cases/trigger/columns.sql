-- Only for some columns.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE ON "T" FOR EACH ROW EXECUTE FUNCTION note();

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP TRIGGER a ON "T";
CREATE TRIGGER a BEFORE UPDATE OF "A", b ON "T" FOR EACH ROW EXECUTE FUNCTION note();

-- plan
DROP TRIGGER a ON dw__app__public.t;
-- finding: runs_code transformable
CREATE TRIGGER a BEFORE UPDATE OF a, b ON dw__app__public.t FOR EACH ROW EXECUTE FUNCTION dw__app__public.note();
