-- A view becomes a materialized one.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE VIEW v AS SELECT "Id", b FROM "T";

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP VIEW v;
CREATE MATERIALIZED VIEW v AS SELECT "Id", b FROM "T";

-- plan
-- finding: drops_view breaking
DROP VIEW dw__app__public.v;
CREATE MATERIALIZED VIEW dw__app__public.v (id, b) AS
 SELECT id,
    b
   FROM dw__app__public.t;
