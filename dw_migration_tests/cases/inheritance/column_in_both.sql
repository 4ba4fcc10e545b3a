

-- before
CREATE TABLE a (x int);
CREATE TABLE b (y int) INHERITS (a);

-- after
ALTER TABLE b ADD z int;
ALTER TABLE a ADD z int;

-- plan
ALTER TABLE dw__app__public.b ADD COLUMN z integer;
ALTER TABLE dw__app__public.a ADD COLUMN z integer;
