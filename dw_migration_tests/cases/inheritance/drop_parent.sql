-- The table above goes, and the one that inherited stays with its rows.
-- spelt otherwise after the way down: columns that INHERIT finds there become the table's own, too
-- loses: a

-- before
CREATE TABLE a ("Id" int NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''), CONSTRAINT of_a CHECK ("Id" > 0) NO INHERIT);
CREATE TABLE b (own date, CHECK (own > '2000-01-01')) INHERITS (a);
CREATE INDEX ON b ("Id");

-- rows
INSERT INTO a VALUES (1, 'a');
INSERT INTO b VALUES (2, 'b', '2024-01-01');

-- after
ALTER TABLE b NO INHERIT a;
DROP TABLE a;

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.b NO INHERIT dw__app__public.a;
-- finding: drops_table breaking
DROP TABLE dw__app__public.a;
