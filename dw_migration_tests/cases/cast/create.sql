-- By a function, by way of text; each in its context.

-- before
CREATE TYPE "Mood" AS ENUM ('sad', 'Happy');
CREATE TYPE pair AS (a int, b int);
CREATE TABLE t (m "Mood", p pair);

-- after
CREATE FUNCTION level("Mood") RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE $1 WHEN 'sad' THEN 0 ELSE 1 END $$;
CREATE FUNCTION sum(pair, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a + ($1).b';
CREATE CAST ("Mood" AS int) WITH FUNCTION level("Mood") AS ASSIGNMENT;
CREATE CAST (varchar AS "Mood") WITH INOUT AS IMPLICIT;
CREATE CAST (pair AS int) WITH FUNCTION sum(pair, int);
COMMENT ON CAST (pair AS int) IS 'its sum';
CREATE VIEW v AS SELECT m::int AS level, p::int AS sum FROM t;
ALTER TABLE t ADD d "Mood" DEFAULT 'sad'::varchar;

-- plan
CREATE FUNCTION dw__app__public.level(dw__app__public.mood)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT CASE $1 WHEN 'sad' THEN 0 ELSE 1 END $function$;
CREATE FUNCTION dw__app__public.sum(dw__app__public.pair, integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT ($1).a + ($1).b$function$;
CREATE CAST (character varying AS dw__app__public.mood) WITH INOUT AS IMPLICIT;
CREATE CAST (dw__app__public.mood AS integer) WITH FUNCTION dw__app__public.level(dw__app__public.mood) AS ASSIGNMENT;
CREATE CAST (dw__app__public.pair AS integer) WITH FUNCTION dw__app__public.sum(dw__app__public.pair, integer);
COMMENT ON CAST (dw__app__public.pair AS integer) IS 'its sum';
ALTER TABLE dw__app__public.t ADD COLUMN d dw__app__public.mood DEFAULT 'sad'::character varying;
CREATE VIEW dw__app__public.v (level, sum) AS
 SELECT (m)::integer AS level,
    (p)::integer AS sum
   FROM dw__app__public.t;
