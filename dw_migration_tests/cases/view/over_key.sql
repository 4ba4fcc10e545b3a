-- Grouped by a key, on which it stands.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
CREATE VIEW v AS SELECT "Id", "A", count(*) AS n FROM "T" GROUP BY "Id";

-- plan
CREATE VIEW dw__app__public.v (id, a, n) AS
 SELECT id,
    a,
    count(*) AS n
   FROM dw__app__public.t
  GROUP BY id;
