-- Statistics targets and options are each table's own: those of heirs stay.

-- before
CREATE TABLE a (x int, y int);
CREATE TABLE b () INHERITS (a);
ALTER TABLE b ALTER y SET STATISTICS 7;

-- after
ALTER TABLE ONLY a ALTER x SET STATISTICS 77;
ALTER TABLE b ALTER x SET (n_distinct = 5);
CREATE TABLE c () INHERITS (a);

-- plan
ALTER TABLE ONLY dw__app__public.a ALTER COLUMN x SET STATISTICS 77;
CREATE TABLE dw__app__public.c () INHERITS (dw__app__public.a);
ALTER TABLE ONLY dw__app__public.b ALTER COLUMN x SET (n_distinct='5');
