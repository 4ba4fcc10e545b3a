-- What tables stand on comes along, the rest is left.

-- before
CREATE TABLE other (id int);

-- after
CREATE FUNCTION "Key"("A" int, b text DEFAULT 'x') RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5 AS $$ SELECT "A" || b $$;
CREATE FUNCTION alone() RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON FUNCTION "Key"(int, text) IS 'a key';
CREATE TABLE "T" ("Id" int PRIMARY KEY, k text DEFAULT "Key"(1), CHECK ("Key"("Id", 'y') <> ''), g text GENERATED ALWAYS AS ("Key"("Id")) STORED);
CREATE INDEX ON "T" ("Key"("Id", k));
CREATE VIEW v AS SELECT "Key"("Id", k) AS "K" FROM "T";

-- plan
CREATE FUNCTION dw__app__public.alone()
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$;
CREATE FUNCTION dw__app__public.key(a integer, b text DEFAULT 'x'::text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT COST 5
AS $function$ SELECT a || b $function$;
COMMENT ON FUNCTION dw__app__public.key(integer, text) IS 'a key';
CREATE TABLE dw__app__public.t (
    id integer NOT NULL,
    k text DEFAULT dw__app__public.key(1),
    g text GENERATED ALWAYS AS (dw__app__public.key(id)) STORED,
    CONSTRAINT t_pkey PRIMARY KEY (id),
    CONSTRAINT t_id_check CHECK ((dw__app__public.key(id, 'y'::text) <> ''::text))
);
CREATE VIEW dw__app__public.v (k) AS
 SELECT dw__app__public.key(id, k) AS k
   FROM dw__app__public.t;
CREATE INDEX t_key_idx ON dw__app__public.t USING btree (dw__app__public.key(id, k));
