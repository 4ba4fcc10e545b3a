-- The keys of two tables exchange their names.

-- before
CREATE TABLE a (id int CONSTRAINT one PRIMARY KEY);
CREATE TABLE b (id int CONSTRAINT two PRIMARY KEY);
CREATE INDEX three ON a (id);

-- rows
INSERT INTO a VALUES (1);

-- after
ALTER TABLE a RENAME CONSTRAINT one TO aside;
ALTER TABLE b RENAME CONSTRAINT two TO one;
ALTER INDEX three RENAME TO two;
ALTER TABLE a RENAME CONSTRAINT aside TO three;

-- plan
ALTER TABLE dw__app__public.b RENAME CONSTRAINT two TO two__dropped;
ALTER INDEX dw__app__public.three RENAME TO two;
ALTER TABLE dw__app__public.a RENAME CONSTRAINT one TO three;
ALTER TABLE dw__app__public.b RENAME CONSTRAINT two__dropped TO one;
