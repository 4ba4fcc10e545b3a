-- Another condition: replaced in place.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE VIEW v AS SELECT "Id", b FROM "T";

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
CREATE OR REPLACE VIEW v AS SELECT "Id", b FROM "T" WHERE b > 1;

-- plan
-- finding: changes_view transformable
CREATE OR REPLACE VIEW dw__app__public.v (id, b) AS
 SELECT id,
    b
   FROM dw__app__public.t
  WHERE (b > 1);
