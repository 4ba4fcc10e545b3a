-- A comment on a column of it.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (what text);
CREATE MATERIALIZED VIEW m AS SELECT "Id", b FROM "T";

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
COMMENT ON COLUMN m."Id" IS 'the key';

-- plan
COMMENT ON COLUMN dw__app__public.m.id IS 'the key';
