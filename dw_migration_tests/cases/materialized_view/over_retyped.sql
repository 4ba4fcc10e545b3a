-- A column under it gets another type.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (what text);
CREATE MATERIALIZED VIEW m AS SELECT "Id", b FROM "T";
CREATE UNIQUE INDEX m_id ON m ("Id");

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP MATERIALIZED VIEW m;
ALTER TABLE "T" ALTER b TYPE bigint;
CREATE MATERIALIZED VIEW m AS SELECT "Id", b FROM "T";
CREATE UNIQUE INDEX m_id ON m ("Id");

-- plan
DROP MATERIALIZED VIEW dw__app__public.m;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE bigint;
-- finding: changes_view transformable
CREATE MATERIALIZED VIEW dw__app__public.m (id, b) AS
 SELECT id,
    b
   FROM dw__app__public.t;
-- finding: adds_key breaking
CREATE UNIQUE INDEX m_id ON dw__app__public.m USING btree (id);
