-- A name that changes in case alone is no change of the target.

-- before
CREATE TABLE "Orders" ("Id" int PRIMARY KEY);

-- rows
INSERT INTO "Orders" VALUES (1);

-- after
ALTER TABLE "Orders" RENAME TO orders;
ALTER TABLE orders RENAME "Id" TO id;

-- plan
-- nothing
