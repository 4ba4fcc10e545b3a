-- What views, checks, exclusions and aggregates stand on; a commutator that comes later, and a prefix one.

-- before
CREATE TYPE "Pair" AS (a int, b int);

-- after
CREATE FUNCTION "Less"("Pair", "Pair") RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a < ($2).a';
CREATE FUNCTION more("Pair", "Pair") RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a > ($2).a';
CREATE FUNCTION same("Pair", "Pair") RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a = ($2).a';
CREATE FUNCTION total("Pair") RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a + ($1).b';
CREATE OPERATOR <<< (FUNCTION = "Less", LEFTARG = "Pair", RIGHTARG = "Pair", COMMUTATOR = >>>, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR >>> (FUNCTION = more, LEFTARG = "Pair", RIGHTARG = "Pair", COMMUTATOR = <<<);
CREATE OPERATOR === (FUNCTION = same, LEFTARG = "Pair", RIGHTARG = "Pair", COMMUTATOR = ===, HASHES, MERGES);
CREATE OPERATOR |+| (FUNCTION = total, RIGHTARG = "Pair");
COMMENT ON OPERATOR <<< ("Pair", "Pair") IS 'it''s less';
COMMENT ON OPERATOR |+| (NONE, "Pair") IS 'sum';
CREATE TABLE "T" (p "Pair" CHECK (|+| p > 0), q "Pair", g int GENERATED ALWAYS AS (|+| p) STORED);
CREATE VIEW v AS SELECT |+| p AS "Sum" FROM "T" WHERE p <<< q AND EXISTS (SELECT FROM "T" x WHERE x.p === q);
CREATE INDEX ON "T" ((|+| p)) WHERE q >>> p;

-- plan
CREATE FUNCTION dw__app__public.less(dw__app__public.pair, dw__app__public.pair)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT ($1).a < ($2).a$function$;
CREATE FUNCTION dw__app__public.more(dw__app__public.pair, dw__app__public.pair)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT ($1).a > ($2).a$function$;
CREATE FUNCTION dw__app__public.same(dw__app__public.pair, dw__app__public.pair)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT ($1).a = ($2).a$function$;
CREATE FUNCTION dw__app__public.total(dw__app__public.pair)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT ($1).a + ($1).b$function$;
CREATE OPERATOR dw__app__public.<<< (FUNCTION = dw__app__public.less, LEFTARG = dw__app__public.pair, RIGHTARG = dw__app__public.pair, COMMUTATOR = OPERATOR(dw__app__public.>>>), RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel);
COMMENT ON OPERATOR dw__app__public.<<< (dw__app__public.pair, dw__app__public.pair) IS 'it''s less';
CREATE OPERATOR dw__app__public.=== (FUNCTION = dw__app__public.same, LEFTARG = dw__app__public.pair, RIGHTARG = dw__app__public.pair, COMMUTATOR = OPERATOR(dw__app__public.===), HASHES, MERGES);
CREATE OPERATOR dw__app__public.>>> (FUNCTION = dw__app__public.more, LEFTARG = dw__app__public.pair, RIGHTARG = dw__app__public.pair, COMMUTATOR = OPERATOR(dw__app__public.<<<));
CREATE OPERATOR dw__app__public.|+| (FUNCTION = dw__app__public.total, RIGHTARG = dw__app__public.pair);
COMMENT ON OPERATOR dw__app__public.|+| (NONE, dw__app__public.pair) IS 'sum';
CREATE TABLE dw__app__public.t (
    p dw__app__public.pair,
    q dw__app__public.pair,
    g integer GENERATED ALWAYS AS ((OPERATOR(dw__app__public.|+|) p)) STORED,
    CONSTRAINT t_p_check CHECK (((OPERATOR(dw__app__public.|+|) p) > 0))
);
CREATE VIEW dw__app__public.v (sum) AS
 SELECT (OPERATOR(dw__app__public.|+|) p) AS sum
   FROM dw__app__public.t
  WHERE ((p OPERATOR(dw__app__public.<<<) q) AND (EXISTS ( SELECT
           FROM dw__app__public.t x
          WHERE (x.p OPERATOR(dw__app__public.===) x.q))));
CREATE INDEX t_expr_idx ON dw__app__public.t USING btree (((OPERATOR(dw__app__public.|+|) p))) WHERE (q OPERATOR(dw__app__public.>>>) p);
