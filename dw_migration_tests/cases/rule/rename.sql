-- A rule gets another name.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (what text);
CREATE RULE r AS ON UPDATE TO "T" DO ALSO INSERT INTO log VALUES (NEW."A");

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
ALTER RULE r ON "T" RENAME TO "S";

-- plan
-- finding: runs_code transformable
DROP RULE r ON dw__app__public.t;
-- finding: runs_code transformable
CREATE RULE s AS
    ON UPDATE TO dw__app__public.t DO  INSERT INTO dw__app__public.log (what)
  VALUES (new.a);
