-- An index comes.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (what text);
CREATE MATERIALIZED VIEW m AS SELECT "Id", b FROM "T";

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
CREATE INDEX m_b ON m (b DESC);

-- plan
CREATE INDEX m_b ON dw__app__public.m USING btree (b DESC);
