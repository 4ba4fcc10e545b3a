-- A function that gets another name stays the same one: nothing that stands on it is made anew.

-- before
CREATE FUNCTION f(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower(a);
CREATE TABLE f (id int PRIMARY KEY, f int DEFAULT f(1), twice int GENERATED ALWAYS AS (f(id)) STORED, s text CHECK (f(s) <> ''));
CREATE INDEX of_f ON f (f(f.f), f(s)) WHERE f(id) > 0;
CREATE VIEW v AS SELECT f(f.f) AS g, f.f FROM f WHERE f(f.s) <> 'f(x)';
CREATE MATERIALIZED VIEW m AS SELECT * FROM f(3) f;
CREATE FUNCTION calls(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT f(a); END;
COMMENT ON FUNCTION f(int, int) IS 'adds';

-- rows
INSERT INTO f VALUES (1, 5, DEFAULT, 'x');

-- after
ALTER FUNCTION f(int, int) RENAME TO g;
ALTER FUNCTION f(text) RENAME TO g;

-- plan
-- finding: renames transformable
ALTER FUNCTION dw__app__public.f(integer, integer) RENAME TO g;
-- finding: renames transformable
ALTER FUNCTION dw__app__public.f(text) RENAME TO g;
