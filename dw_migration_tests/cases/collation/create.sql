-- Columns, domains, types, indexes, checks and views that have it.

-- before
CREATE TABLE other (id int);

-- after
CREATE COLLATION "Own" (PROVIDER = libc, LOCALE = 'C');
CREATE COLLATION two (PROVIDER = libc, LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
COMMENT ON COLLATION "Own" IS 'it''s ours';
CREATE DOMAIN word AS text COLLATE "Own";
CREATE TYPE pair AS (a text COLLATE "Own", b text);
CREATE TYPE words AS RANGE (SUBTYPE = text, COLLATION = "Own");
CREATE TABLE "T" (a text COLLATE "Own" UNIQUE, b text CHECK (b > 'x' COLLATE two), w word DEFAULT 'x', p pair);
CREATE INDEX ON "T" (a, b COLLATE "Own" DESC, (lower(b) COLLATE two));
CREATE VIEW v AS SELECT a, b COLLATE "Own" AS b FROM "T" ORDER BY b COLLATE two;

-- plan
CREATE COLLATION dw__app__public.own (PROVIDER = libc, LOCALE = 'C');
CREATE COLLATION dw__app__public.two (PROVIDER = libc, LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
CREATE TYPE dw__app__public.pair AS (a text COLLATE dw__app__public.own, b text);
CREATE TYPE dw__app__public.words AS RANGE (SUBTYPE = text, COLLATION = dw__app__public.own, MULTIRANGE_TYPE_NAME = dw__app__public.words_multirange);
CREATE DOMAIN dw__app__public.word AS text COLLATE dw__app__public.own;
CREATE TABLE dw__app__public.t (
    a text COLLATE dw__app__public.own,
    b text,
    w dw__app__public.word DEFAULT 'x'::text,
    p dw__app__public.pair,
    CONSTRAINT t_a_key UNIQUE (a),
    CONSTRAINT t_b_check CHECK ((b > ('x'::text COLLATE dw__app__public.two)))
);
CREATE VIEW dw__app__public.v (a, b) AS
 SELECT a,
    (b COLLATE dw__app__public.own) AS b
   FROM dw__app__public.t
  ORDER BY (b COLLATE dw__app__public.two);
CREATE INDEX t_a_b_lower_idx ON dw__app__public.t USING btree (a, b COLLATE dw__app__public.own DESC, lower(b) COLLATE dw__app__public.two);
COMMENT ON COLLATION dw__app__public.own IS 'it''s ours';
