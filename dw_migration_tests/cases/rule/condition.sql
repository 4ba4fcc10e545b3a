-- A condition comes.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (what text);
CREATE RULE r AS ON UPDATE TO "T" DO ALSO INSERT INTO log VALUES (NEW."A");

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
CREATE OR REPLACE RULE r AS ON UPDATE TO "T" WHERE NEW.b > 1 DO ALSO INSERT INTO log VALUES (NEW."A");

-- plan
-- finding: runs_code transformable
CREATE OR REPLACE RULE r AS
    ON UPDATE TO dw__app__public.t
   WHERE (new.b > 1) DO  INSERT INTO dw__app__public.log (what)
  VALUES (new.a);
