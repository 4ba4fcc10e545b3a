-- Tables move up one name.

-- before
CREATE TABLE a (x int);
CREATE TABLE b (y int);

-- rows
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (2);

-- after
ALTER TABLE b RENAME TO c;
ALTER TABLE a RENAME TO b;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.b RENAME TO c;
-- finding: renames transformable
ALTER TABLE dw__app__public.a RENAME TO b;
