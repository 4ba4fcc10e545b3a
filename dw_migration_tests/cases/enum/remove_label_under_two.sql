-- Two enums of one composite type lose labels at once.

-- before
CREATE TYPE a AS ENUM ('x', 'y');
CREATE TYPE b AS ENUM ('x', 'y');
CREATE TYPE pair AS (a a, b b);
CREATE TABLE t (id int PRIMARY KEY, p pair);

-- rows
INSERT INTO t VALUES (1, ROW('x', 'x'));

-- after
CREATE TYPE a2 AS ENUM ('x');
CREATE TYPE b2 AS ENUM ('x');
CREATE TYPE pair2 AS (a a2, b b2);
ALTER TABLE t ALTER p TYPE pair2 USING p::text::pair2;
DROP TYPE pair, a, b;
ALTER TYPE a2 RENAME TO a;
ALTER TYPE b2 RENAME TO b;
ALTER TYPE pair2 RENAME TO pair;

-- plan
-- finding: removes_label breaking
ALTER TYPE dw__app__public.a RENAME TO a__before;
CREATE TYPE dw__app__public.a AS ENUM ('x');
-- finding: removes_label breaking
ALTER TYPE dw__app__public.b RENAME TO b__before;
CREATE TYPE dw__app__public.b AS ENUM ('x');
ALTER TYPE dw__app__public.pair RENAME TO pair__before;
CREATE TYPE dw__app__public.pair AS (a dw__app__public.a, b dw__app__public.b);
ALTER TABLE dw__app__public.t ALTER COLUMN p TYPE dw__app__public.pair USING p::text::dw__app__public.pair;
DROP TYPE dw__app__public.pair__before;
DROP TYPE dw__app__public.a__before;
DROP TYPE dw__app__public.b__before;
