-- A column that a rule reads gets another type.

-- before
CREATE TABLE "T" ("Id" int PRIMARY KEY, "A" text, b int);
CREATE TABLE log (what text);
CREATE RULE r AS ON UPDATE TO "T" DO ALSO INSERT INTO log VALUES (NEW.b::text);

-- rows
INSERT INTO "T" VALUES (1, 'a', 2);

-- after
DROP RULE r ON "T";
ALTER TABLE "T" ALTER b TYPE bigint;
CREATE RULE r AS ON UPDATE TO "T" DO ALSO INSERT INTO log VALUES (NEW.b::text);

-- plan
DROP RULE r ON dw__app__public.t;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE bigint;
CREATE RULE r AS
    ON UPDATE TO dw__app__public.t DO  INSERT INTO dw__app__public.log (what)
  VALUES ((new.b)::text);
