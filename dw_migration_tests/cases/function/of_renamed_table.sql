-- A function and an aggregate may have the name of a table, and keep it when that gets another.

-- before
CREATE TABLE item (a int);
CREATE FUNCTION item(int) RETURNS int LANGUAGE sql RETURN $1;
CREATE AGGREGATE item(text) (SFUNC = textcat, STYPE = text);

-- after
ALTER TABLE item RENAME TO other;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.item RENAME TO other;
