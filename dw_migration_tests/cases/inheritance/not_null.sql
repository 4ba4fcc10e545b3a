-- NOT NULL of the inherited column alone.

-- before
CREATE TABLE a ("Id" int NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''), CONSTRAINT of_a CHECK ("Id" > 0) NO INHERIT);
CREATE TABLE b (own date, CHECK (own > '2000-01-01')) INHERITS (a);
CREATE INDEX ON b ("Id");

-- rows
INSERT INTO a VALUES (1, 'a');
INSERT INTO b VALUES (2, 'b', '2024-01-01');

-- after
ALTER TABLE b ALTER name SET NOT NULL;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.b ALTER COLUMN name SET NOT NULL;
