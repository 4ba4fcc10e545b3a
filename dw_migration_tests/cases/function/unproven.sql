-- What a body names in a text, or without a schema, is told.

-- before
CREATE TABLE "T" (id int);
CREATE TABLE other (id int);

-- after
CREATE FUNCTION dynamic() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DELETE FROM public."T"'; END $$;
CREATE FUNCTION bare() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM other';
CREATE FUNCTION with_path() RETURNS bigint LANGUAGE sql SET search_path TO public AS 'SELECT count(*) FROM other';
CREATE FUNCTION proven() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.other';

-- plan
-- finding: leaves_names_in_code transformable
CREATE FUNCTION dw__app__public.bare()
 RETURNS bigint
 LANGUAGE sql
AS $function$SELECT count(*) FROM other$function$;
-- finding: leaves_names_in_code transformable
CREATE FUNCTION dw__app__public.dynamic()
 RETURNS void
 LANGUAGE plpgsql
AS $function$ BEGIN EXECUTE 'DELETE FROM public."T"'; END $function$;
CREATE FUNCTION dw__app__public.proven()
 RETURNS bigint
 LANGUAGE sql
AS $function$SELECT count(*) FROM dw__app__public.other$function$;
CREATE FUNCTION dw__app__public.with_path()
 RETURNS bigint
 LANGUAGE sql
 SET search_path TO 'dw__app__public'
AS $function$SELECT count(*) FROM other$function$;
