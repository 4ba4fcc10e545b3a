-- A table that was dropped and created again is compared by names.
-- rows differ: the source's are gone

-- before
CREATE TABLE a (id int PRIMARY KEY, x int);
CREATE TABLE b (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY);
CREATE TABLE d (id int PRIMARY KEY);
CREATE TABLE e (id int PRIMARY KEY);

-- rows
INSERT INTO a VALUES (1, 1);

-- after
DROP TABLE a;
CREATE TABLE a (id int PRIMARY KEY, x int, y int);

-- plan
ALTER TABLE dw__app__public.a ADD COLUMN y integer;
