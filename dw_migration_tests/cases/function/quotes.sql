-- A body that holds dollar quotes, backslashes and quotes.

-- before
CREATE TABLE t (id int);

-- after
CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN $function$a\\''b$functionx$\\n''''$function$; END';
CREATE VIEW v AS SELECT f() AS n;

-- plan
CREATE FUNCTION dw__app__public.f()
 RETURNS text
 LANGUAGE plpgsql
AS $functionxx$BEGIN RETURN $function$a\\'b$functionx$\\n''$function$; END$functionxx$;
CREATE VIEW dw__app__public.v (n) AS
 SELECT dw__app__public.f() AS n;
