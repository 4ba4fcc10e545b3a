-- The body of its function changes: the trigger stays.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE ON "T" FOR EACH ROW EXECUTE FUNCTION note();

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.b := 1; RETURN NEW; END $$;

-- plan
-- finding: changes_function transformable
CREATE OR REPLACE FUNCTION dw__app__public.note()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN NEW.b := 1; RETURN NEW; END $function$;
