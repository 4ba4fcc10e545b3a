-- spelt otherwise: the name in the literal
-- A function's body names it in a literal.

-- before
CREATE TEXT SEARCH CONFIGURATION "Cfg" (COPY = english);

-- after
CREATE FUNCTION f(x text) RETURNS tsvector LANGUAGE sql STABLE AS $$ SELECT to_tsvector('public."Cfg"', x) $$;

-- plan
CREATE FUNCTION dw__app__public.f(x text)
 RETURNS tsvector
 LANGUAGE sql
 STABLE
AS $function$ SELECT to_tsvector('dw__app__public.cfg', x) $function$;
