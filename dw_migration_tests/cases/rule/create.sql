-- Rules of tables and views.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (at timestamptz, "What" text);
CREATE FUNCTION "Note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (now(), TG_ARGV[0]); RETURN NEW; END $$;

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
CREATE RULE "R" AS ON UPDATE TO "T" WHERE NEW."A" <> OLD."A" DO ALSO INSERT INTO log ("What") VALUES (NEW."A");
CREATE VIEW v AS SELECT "Id", b FROM "T";
CREATE RULE ins AS ON INSERT TO v DO INSTEAD (INSERT INTO "T" ("Id", b) SELECT NEW."Id", 1 FROM log WHERE log."What" = 'x'; UPDATE "T" SET "A" = 'y', b = NEW.b WHERE "T"."Id" = NEW."Id" RETURNING "T"."Id", "T".b);
CREATE RULE none AS ON DELETE TO "T" DO INSTEAD NOTHING;
ALTER TABLE "T" DISABLE RULE none;
COMMENT ON RULE "R" ON "T" IS 'a rule';

-- plan
CREATE VIEW dw__app__public.v (id, b) AS
 SELECT id,
    b
   FROM dw__app__public.t;
-- finding: runs_code transformable
CREATE RULE "none" AS
    ON DELETE TO dw__app__public.t DO INSTEAD NOTHING;
ALTER TABLE dw__app__public.t DISABLE RULE "none";
-- finding: runs_code transformable
CREATE RULE r AS
    ON UPDATE TO dw__app__public.t
   WHERE (new.a <> old.a) DO  INSERT INTO dw__app__public.log (what)
  VALUES (new.a);
-- finding: runs_code transformable
CREATE RULE ins AS
    ON INSERT TO dw__app__public.v DO INSTEAD ( INSERT INTO dw__app__public.t (id, b)  SELECT new.id,
            1
           FROM dw__app__public.log
          WHERE (log.what = 'x'::text);
 UPDATE dw__app__public.t SET a = 'y'::text, b = new.b
  WHERE (t.id = new.id)
  RETURNING t.id,
    t.b;
);
COMMENT ON RULE r ON dw__app__public.t IS 'a rule';
