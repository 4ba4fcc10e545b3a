-- It gives a table's rows, and is in the way of nothing.

-- before
CREATE TABLE "T" (id int, "N" text);
CREATE FUNCTION f() RETURNS SETOF "T" LANGUAGE sql AS 'SELECT * FROM public."T"';

-- rows
INSERT INTO "T" VALUES (1, 'a');

-- after
ALTER TABLE "T" ADD x int;

-- plan
ALTER TABLE dw__app__public.t ADD COLUMN x integer;
