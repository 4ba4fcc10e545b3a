-- A function gives back rows of a table, and reads a column of it whose type is another from now on.

-- before
CREATE TYPE public.form AS ENUM ('Happy', 'it''s');
CREATE TABLE t (item form, a interval UNIQUE);
CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql BEGIN ATOMIC SELECT * FROM t; END;

-- after
DROP FUNCTION f();
DROP TABLE t;
DROP TYPE form;
CREATE TYPE mood AS ENUM ('Happy', 'it''s');
CREATE TABLE t (item mood, a interval UNIQUE);
CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql BEGIN ATOMIC SELECT * FROM t; END;

-- plan
DROP FUNCTION dw__app__public.f();
CREATE TYPE dw__app__public.mood AS ENUM ('Happy', 'it''s');
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN item TYPE dw__app__public.mood USING item::text::dw__app__public.mood;
-- finding: drops_type transformable
DROP TYPE dw__app__public.form;
CREATE FUNCTION dw__app__public.f()
 RETURNS SETOF dw__app__public.t
 LANGUAGE sql
BEGIN ATOMIC
 SELECT t.item,
     t.a
    FROM dw__app__public.t;
END;
