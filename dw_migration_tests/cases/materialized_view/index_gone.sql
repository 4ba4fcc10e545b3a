-- An index goes.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (what text);
CREATE MATERIALIZED VIEW m AS SELECT "Id", b FROM "T";
CREATE INDEX m_b ON m (b);

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP INDEX m_b;

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.m_b;
