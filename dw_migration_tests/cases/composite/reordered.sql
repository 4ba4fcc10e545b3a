-- Attributes in another order, which PostgreSQL cannot bring about, where no row stands.

-- before
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t (id int PRIMARY KEY);
COMMENT ON TYPE pair IS 'two';

-- after
DROP TYPE pair;
CREATE TYPE pair AS (b text, a int);
COMMENT ON TYPE pair IS 'two';

-- plan
DROP TYPE dw__app__public.pair;
-- finding: alters transformable
CREATE TYPE dw__app__public.pair AS (b text, a integer);
COMMENT ON TYPE dw__app__public.pair IS 'two';
