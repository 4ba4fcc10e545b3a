-- Names with capitals, spaces and dots are written in lower case.

-- before
CREATE TABLE "Order Items" ("Id" serial PRIMARY KEY, "Unit.Price" numeric DEFAULT 1.5 CHECK ("Unit.Price" >= 0), "Select" text);
CREATE TABLE "a.b" ("Id" int PRIMARY KEY, "Item" int REFERENCES "Order Items" ("Id"));
CREATE INDEX "IX_Select" ON "Order Items" ("Select", (lower("Select"))) WHERE "Id" > 0;
CREATE TYPE "Mood" AS ENUM ('Sad', 'sad');

-- rows
INSERT INTO "Order Items" VALUES (1, 2.5, 'x');

-- after
ALTER TABLE "Order Items" RENAME "Unit.Price" TO "UnitPrice";
ALTER TABLE "Order Items" ADD "Mood" "Mood" DEFAULT 'Sad';
ALTER TABLE "a.b" RENAME TO "c.D";

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public."a.b" RENAME TO "c.d";
-- finding: renames transformable
ALTER TABLE dw__app__public."order items" RENAME COLUMN "unit.price" TO unitprice;
ALTER TABLE dw__app__public."order items" ADD COLUMN mood dw__app__public.mood DEFAULT 'Sad'::dw__app__public.mood;
