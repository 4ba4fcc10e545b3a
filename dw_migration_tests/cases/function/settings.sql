-- Settings of a function keep their names, whatever quotes they stand in.

-- before
CREATE TABLE t (id int);

-- after
CREATE FUNCTION f() RETURNS int LANGUAGE sql SET "TimeZone" TO 'UTC' SET "DateStyle" TO 'ISO' SET search_path TO '' AS 'SELECT 1';

-- plan
CREATE FUNCTION dw__app__public.f()
 RETURNS integer
 LANGUAGE sql
 SET "TimeZone" TO 'UTC'
 SET "DateStyle" TO 'ISO'
 SET search_path TO ''
AS $function$SELECT 1$function$;
