-- The key under a view goes and comes.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE VIEW v AS SELECT "Id", "A", count(*) AS n FROM "T" GROUP BY "Id";

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP VIEW v;
ALTER TABLE "T" DROP CONSTRAINT "T_pkey";
ALTER TABLE "T" ADD CONSTRAINT "T_pkey" PRIMARY KEY ("Id") INCLUDE (b);
CREATE VIEW v AS SELECT "Id", "A", count(*) AS n FROM "T" GROUP BY "Id";

-- plan
DROP VIEW dw__app__public.v;
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_pkey;
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id) INCLUDE (b);
CREATE VIEW dw__app__public.v (id, a, n) AS
 SELECT id,
    a,
    count(*) AS n
   FROM dw__app__public.t
  GROUP BY id;
