-- A table without columns, and one that loses its last.

-- before
CREATE TABLE a ();
CREATE TABLE b (x int);

-- after
CREATE TABLE c ();
ALTER TABLE b DROP x;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.b DROP COLUMN x;
CREATE TABLE dw__app__public.c ();
