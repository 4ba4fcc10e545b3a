-- A collation takes another table's name while the table of its own name goes: no other table is meant.

-- before
CREATE COLLATION "two words" (PROVIDER = libc, LOCALE = 'C');
CREATE TABLE "two words" (id int PRIMARY KEY, a text COLLATE "two words");
CREATE TABLE "a.b" (id int PRIMARY KEY, a text COLLATE "two words" CHECK (a > 'x' COLLATE "two words"));
CREATE VIEW v AS SELECT a COLLATE "two words" AS a FROM "a.b";

-- rows
INSERT INTO "a.b" VALUES (1, 'y');

-- after
DROP TABLE "two words";
ALTER COLLATION "two words" RENAME TO "a.b";

-- plan
-- finding: renames transformable
ALTER COLLATION dw__app__public."two words" RENAME TO "a.b";
-- finding: drops_table breaking
DROP TABLE dw__app__public."two words";
