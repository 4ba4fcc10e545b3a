-- A function takes another type, and the view over it follows.

-- before
CREATE FUNCTION f(id bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'id:' || id::text $$;
CREATE TABLE items (id integer);
CREATE VIEW v AS SELECT f(id::bigint) AS formatted FROM items;

-- rows
INSERT INTO items VALUES (1);

-- after
DROP VIEW v;
DROP FUNCTION f(bigint);
CREATE FUNCTION f(id integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'id:' || id::text $$;
CREATE VIEW v AS SELECT f(id) AS formatted FROM items;

-- plan
CREATE FUNCTION dw__app__public.f(id integer)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT 'id:' || id::text $function$;
-- finding: changes_view transformable
CREATE OR REPLACE VIEW dw__app__public.v (formatted) AS
 SELECT dw__app__public.f(id) AS formatted
   FROM dw__app__public.items;
-- finding: drops_function breaking
DROP FUNCTION dw__app__public.f(bigint);
