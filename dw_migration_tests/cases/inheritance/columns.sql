-- Columns of the table above come, change, get other names and go, each said once.

-- before
CREATE TABLE a ("Id" int NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''), CONSTRAINT of_a CHECK ("Id" > 0) NO INHERIT);
CREATE TABLE b (own date, CHECK (own > '2000-01-01')) INHERITS (a);
CREATE INDEX ON b ("Id");

-- rows
INSERT INTO a VALUES (1, 'a');
INSERT INTO b VALUES (2, 'b', '2024-01-01');

-- after
ALTER TABLE a ADD more int;
ALTER TABLE a ALTER "Id" TYPE bigint;
ALTER TABLE a RENAME name TO "Title";
ALTER TABLE a ADD CONSTRAINT c CHECK (more > 0);

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.a RENAME COLUMN name TO title;
-- finding: renames transformable
-- finding: changes_type transformable
ALTER TABLE dw__app__public.a ALTER COLUMN id TYPE bigint;
ALTER TABLE dw__app__public.a ADD COLUMN more integer;
-- finding: changes_type transformable
-- finding: adds_check breaking
-- finding: adds_check breaking
ALTER TABLE dw__app__public.a ADD CONSTRAINT c CHECK ((more > 0));
