-- A column goes where it was inherited from, and comes back as the table's own.
-- loses: a.a1, a.e, base.e

-- before
CREATE TABLE base (created_at date, e int, f int);
CREATE TABLE a (a1 int) INHERITS (base);

-- rows
INSERT INTO a VALUES ('2024-05-05', 1, 2, 3);

-- after
ALTER TABLE base DROP COLUMN e;
ALTER TABLE a ADD COLUMN e int DEFAULT 4;
ALTER TABLE a DROP COLUMN a1;
ALTER TABLE base ADD COLUMN a1 int DEFAULT 7;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.a DROP COLUMN a1;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.base DROP COLUMN e;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.a ADD COLUMN e integer DEFAULT 4;
ALTER TABLE dw__app__public.base ADD COLUMN a1 integer DEFAULT 7;
ALTER TABLE dw__app__public.a ALTER COLUMN a1 SET DEFAULT 7;
