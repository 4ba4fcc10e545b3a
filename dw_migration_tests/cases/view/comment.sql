-- Comments on a view and its columns.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE VIEW "V" AS SELECT "Id" FROM "Users";

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
COMMENT ON VIEW "V" IS 'a view';
COMMENT ON COLUMN "V"."Id" IS 'a column';

-- plan
COMMENT ON VIEW dw__app__public.v IS 'a view';
COMMENT ON COLUMN dw__app__public.v.id IS 'a column';
