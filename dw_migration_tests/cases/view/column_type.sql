-- A column gets another type: made again.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE VIEW v AS SELECT "Id", b FROM "T";

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP VIEW v;
CREATE VIEW v AS SELECT "Id", b::bigint AS b FROM "T";

-- plan
DROP VIEW dw__app__public.v;
-- finding: changes_view transformable
CREATE VIEW dw__app__public.v (id, b) AS
 SELECT id,
    (b)::bigint AS b
   FROM dw__app__public.t;
