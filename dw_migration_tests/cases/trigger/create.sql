-- Every sort of trigger.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
CREATE TRIGGER "Tr" BEFORE INSERT OR UPDATE OF "A", b ON "T" FOR EACH ROW WHEN (NEW."A" IS NOT NULL) EXECUTE FUNCTION "Note"('x', 'public."T"');
CREATE TRIGGER s AFTER DELETE ON "T" REFERENCING OLD TABLE AS "Old" FOR EACH STATEMENT EXECUTE FUNCTION "Note"();
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON "T" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "Note"();
CREATE TRIGGER off AFTER TRUNCATE ON "T" EXECUTE FUNCTION "Note"();
ALTER TABLE "T" DISABLE TRIGGER off;
COMMENT ON TRIGGER "Tr" ON "T" IS 'notes';
CREATE VIEW v AS SELECT "Id" FROM "T";
CREATE TRIGGER i INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION "Note"();

-- plan
CREATE VIEW dw__app__public.v (id) AS
 SELECT id
   FROM dw__app__public.t;
-- finding: runs_code transformable
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON dw__app__public.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dw__app__public.note();
-- finding: runs_code transformable
CREATE TRIGGER off AFTER TRUNCATE ON dw__app__public.t FOR EACH STATEMENT EXECUTE FUNCTION dw__app__public.note();
ALTER TABLE dw__app__public.t DISABLE TRIGGER off;
-- finding: runs_code transformable
CREATE TRIGGER s AFTER DELETE ON dw__app__public.t REFERENCING OLD TABLE AS old FOR EACH STATEMENT EXECUTE FUNCTION dw__app__public.note();
-- finding: runs_code transformable
CREATE TRIGGER tr BEFORE INSERT OR UPDATE OF a, b ON dw__app__public.t FOR EACH ROW WHEN ((new.a IS NOT NULL)) EXECUTE FUNCTION dw__app__public.note('x', 'public."T"');
-- finding: runs_code transformable
CREATE TRIGGER i INSTEAD OF INSERT ON dw__app__public.v FOR EACH ROW EXECUTE FUNCTION dw__app__public.note();
COMMENT ON TRIGGER tr ON dw__app__public.t IS 'notes';
