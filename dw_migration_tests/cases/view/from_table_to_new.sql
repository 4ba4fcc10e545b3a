-- A view goes from one table to another, whose key has the name of the former's.

-- before
CREATE TABLE public.user_id (id integer PRIMARY KEY, a timestamp(3) without time zone);
CREATE VIEW public."Order" WITH (security_barrier) AS SELECT * FROM public.user_id WHERE a IS NOT NULL WITH CHECK OPTION;

-- after
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
CREATE TABLE public.user_id (id integer PRIMARY KEY, a timestamp(3) without time zone);
CREATE VIEW public."Order" WITH (security_barrier) AS SELECT * FROM public.user_id WHERE a IS NOT NULL WITH CHECK OPTION;
ALTER TABLE public.user_id RENAME TO n1;

-- plan
DROP VIEW dw__app__public."order";
-- finding: drops_table breaking
DROP TABLE dw__app__public.user_id;
CREATE TABLE dw__app__public.n1 (
    id integer CONSTRAINT user_id_id_not_null NOT NULL,
    a timestamp(3) without time zone,
    CONSTRAINT user_id_pkey PRIMARY KEY (id)
);
-- finding: changes_view transformable
CREATE VIEW dw__app__public."order" (id, a) WITH (security_barrier='true', check_option='cascaded') AS
 SELECT id,
    a
   FROM dw__app__public.n1
  WHERE (a IS NOT NULL);
