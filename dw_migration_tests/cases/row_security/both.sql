-- In force, and for the owner too.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (what text);

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
ALTER TABLE "T" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- plan
-- finding: hides_rows breaking
ALTER TABLE dw__app__public.t ENABLE ROW LEVEL SECURITY;
ALTER TABLE dw__app__public.t FORCE ROW LEVEL SECURITY;
