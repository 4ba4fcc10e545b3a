-- Both get other names.

-- before
CREATE TABLE a ("Id" int NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''), CONSTRAINT of_a CHECK ("Id" > 0) NO INHERIT);
CREATE TABLE b (own date, CHECK (own > '2000-01-01')) INHERITS (a);
CREATE INDEX ON b ("Id");

-- rows
INSERT INTO a VALUES (1, 'a');
INSERT INTO b VALUES (2, 'b', '2024-01-01');

-- after
ALTER TABLE a RENAME TO "A1";
ALTER TABLE b RENAME TO "B1";
ALTER TABLE "A1" RENAME CONSTRAINT named TO renamed;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.a RENAME TO a1;
-- finding: renames transformable
ALTER TABLE dw__app__public.b RENAME TO b1;
ALTER TABLE dw__app__public.a1 RENAME CONSTRAINT named TO renamed;
