-- A default changes above, and not below.

-- before
CREATE TABLE a ("Id" int NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''), CONSTRAINT of_a CHECK ("Id" > 0) NO INHERIT);
CREATE TABLE b (own date, CHECK (own > '2000-01-01')) INHERITS (a);
CREATE INDEX ON b ("Id");
ALTER TABLE b ALTER name SET DEFAULT 'own';

-- rows
INSERT INTO a VALUES (1, 'a');
INSERT INTO b VALUES (2, 'b', '2024-01-01');

-- after
ALTER TABLE ONLY a ALTER name SET DEFAULT 'z';

-- plan
ALTER TABLE dw__app__public.a ALTER COLUMN name SET DEFAULT 'z'::text;
ALTER TABLE dw__app__public.b ALTER COLUMN name SET DEFAULT 'own'::text;
