-- A column of another table's row type, and of an array of it.

-- before
CREATE TABLE a (id int PRIMARY KEY, b text);
CREATE TABLE t (id int PRIMARY KEY);

-- after
ALTER TABLE t ADD a a, ADD many a[];

-- plan
ALTER TABLE dw__app__public.t ADD COLUMN a dw__app__public.a;
ALTER TABLE dw__app__public.t ADD COLUMN many dw__app__public.a[];
