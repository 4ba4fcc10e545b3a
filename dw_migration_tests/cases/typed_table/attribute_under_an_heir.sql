-- The way down: what stands on the column of an heir goes before the attribute from which that comes.

-- before
CREATE TYPE value AS (x character varying(20), y uuid);
CREATE TABLE a OF value (y WITH OPTIONS NOT NULL);
CREATE TABLE b ("user" double precision) INHERITS (a);

-- after
ALTER TYPE value ADD ATTRIBUTE z bytea CASCADE;
CREATE FUNCTION f() RETURNS SETOF b LANGUAGE sql BEGIN ATOMIC SELECT * FROM b; END;
CREATE VIEW v AS SELECT z FROM a;

-- plan
ALTER TABLE dw__app__public.a NOT OF;
-- finding: alters transformable
ALTER TYPE dw__app__public.value ADD ATTRIBUTE z bytea;
ALTER TABLE dw__app__public.a ADD COLUMN z bytea;
CREATE FUNCTION dw__app__public.f()
 RETURNS SETOF dw__app__public.b
 LANGUAGE sql
BEGIN ATOMIC
 SELECT b.x,
     b.y,
     b."user",
     b.z
    FROM dw__app__public.b;
END;
CREATE VIEW dw__app__public.v (z) AS
 SELECT z
   FROM dw__app__public.a;
ALTER TABLE dw__app__public.a OF dw__app__public.value;
