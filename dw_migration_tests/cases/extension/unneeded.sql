-- An extension on which nothing stands is not made.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ADD name text;

-- plan
ALTER TABLE dw__app__public.t ADD COLUMN name text;
