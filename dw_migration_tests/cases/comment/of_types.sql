-- Comments on types of every sort, on attributes and on statistics.

-- before
CREATE TYPE pair AS (a int, "B" int);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE STATISTICS s ON id, a FROM t;
COMMENT ON TYPE pair IS 'old';
COMMENT ON COLUMN pair.a IS 'gone';

-- after
COMMENT ON TYPE pair IS 'it''s :new';
COMMENT ON COLUMN pair.a IS NULL;
COMMENT ON COLUMN pair."B" IS 'second';
COMMENT ON TYPE span IS 'span';
COMMENT ON STATISTICS s IS 'stats';
ALTER TYPE pair RENAME ATTRIBUTE a TO "First";
COMMENT ON COLUMN pair."First" IS 'first';

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.pair RENAME ATTRIBUTE a TO first;
COMMENT ON TYPE dw__app__public.pair IS 'it''s :new';
COMMENT ON STATISTICS dw__app__public.s IS 'stats';
COMMENT ON TYPE dw__app__public.span IS 'span';
COMMENT ON COLUMN dw__app__public.pair.b IS 'second';
COMMENT ON COLUMN dw__app__public.pair.first IS 'first';
