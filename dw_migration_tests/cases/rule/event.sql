-- On another event.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (what text);
CREATE RULE r AS ON UPDATE TO "T" DO ALSO INSERT INTO log VALUES (NEW."A");

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP RULE r ON "T";
CREATE RULE r AS ON DELETE TO "T" DO ALSO INSERT INTO log VALUES (OLD."A");

-- plan
-- finding: runs_code transformable
CREATE OR REPLACE RULE r AS
    ON DELETE TO dw__app__public.t DO  INSERT INTO dw__app__public.log (what)
  VALUES (old.a);
