-- Only where rows come from replication.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE ON "T" FOR EACH ROW EXECUTE FUNCTION note();

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
ALTER TABLE "T" ENABLE REPLICA TRIGGER a;

-- plan
-- finding: runs_code transformable
ALTER TABLE dw__app__public.t ENABLE REPLICA TRIGGER a;
