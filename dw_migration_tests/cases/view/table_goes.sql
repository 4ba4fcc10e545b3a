-- Table and view go together.
-- loses: t

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE VIEW v AS SELECT "Id", b FROM "T";

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP VIEW v;
DROP TABLE "T";

-- plan
-- finding: drops_view breaking
DROP VIEW dw__app__public.v;
-- finding: drops_table breaking
DROP TABLE dw__app__public.t;
