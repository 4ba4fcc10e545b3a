-- A constraint gets the name of an index that is dropped.

-- before
CREATE TABLE a (id int CONSTRAINT one PRIMARY KEY);
CREATE TABLE b (id int);
CREATE INDEX two ON b (id);

-- rows
INSERT INTO a VALUES (1);

-- after
DROP INDEX two;
ALTER TABLE a RENAME CONSTRAINT one TO two;

-- plan
ALTER INDEX dw__app__public.two RENAME TO two__dropped;
ALTER TABLE dw__app__public.a RENAME CONSTRAINT one TO two;
-- finding: drops_index transformable
DROP INDEX dw__app__public.two__dropped;
