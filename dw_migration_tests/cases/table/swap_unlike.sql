-- Two unlike tables exchange their names: the name wins.
-- rows differ: they do not follow the exchange
-- loses: a.x, b.y

-- before
CREATE TABLE a (id int PRIMARY KEY, x int, z text);
CREATE TABLE b (id int PRIMARY KEY, y int, z text);

-- rows
INSERT INTO a VALUES (1, 1, 'a');
INSERT INTO b VALUES (2, 2, 'b');

-- after
ALTER TABLE a RENAME TO c;
ALTER TABLE b RENAME TO a;
ALTER TABLE c RENAME TO b;

-- plan
ALTER TABLE dw__app__public.a RENAME CONSTRAINT a_pkey TO b_pkey__moving;
ALTER TABLE dw__app__public.b RENAME CONSTRAINT b_pkey TO a_pkey;
ALTER TABLE dw__app__public.a RENAME CONSTRAINT b_pkey__moving TO b_pkey;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.a DROP COLUMN x;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.b DROP COLUMN y;
ALTER TABLE dw__app__public.a ADD COLUMN y integer;
ALTER TABLE dw__app__public.b ADD COLUMN x integer;
-- finding: keeps_rows_by_name breaking
-- finding: keeps_rows_by_name breaking
