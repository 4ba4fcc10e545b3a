-- A check goes above, and with it the inherited one.

-- before
CREATE TABLE a ("Id" int NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''), CONSTRAINT of_a CHECK ("Id" > 0) NO INHERIT);
CREATE TABLE b (own date, CHECK (own > '2000-01-01')) INHERITS (a);
CREATE INDEX ON b ("Id");

-- rows
INSERT INTO a VALUES (1, 'a');
INSERT INTO b VALUES (2, 'b', '2024-01-01');

-- after
ALTER TABLE a DROP CONSTRAINT named;

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.a DROP CONSTRAINT named;
