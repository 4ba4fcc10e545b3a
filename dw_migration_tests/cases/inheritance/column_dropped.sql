-- A column goes above, and with it that of the table that inherits.
-- loses: a.name, b.name

-- before
CREATE TABLE a ("Id" int NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''), CONSTRAINT of_a CHECK ("Id" > 0) NO INHERIT);
CREATE TABLE b (own date, CHECK (own > '2000-01-01')) INHERITS (a);
CREATE INDEX ON b ("Id");

-- rows
INSERT INTO a VALUES (1, 'a');
INSERT INTO b VALUES (2, 'b', '2024-01-01');

-- after
ALTER TABLE a DROP name;

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.a DROP CONSTRAINT named;
ALTER TABLE dw__app__public.b ALTER COLUMN name DROP DEFAULT;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.a DROP COLUMN name;
-- finding: drops_column breaking
