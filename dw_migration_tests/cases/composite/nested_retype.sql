-- An attribute of the inner of two types changes: both are carried over with their rows.

-- before
CREATE TYPE inside AS (x int, y text);
CREATE TYPE outside AS (i inside, many inside[]);
CREATE TABLE t (id int PRIMARY KEY, o outside, i inside);

-- rows
INSERT INTO t VALUES (1, ROW(ROW(1, 'a,b'), ARRAY[ROW(2, 'c')::inside]), ROW(3, NULL)), (2, NULL, NULL);

-- after
CREATE TYPE inside2 AS (x bigint, y text);
CREATE TYPE outside2 AS (i inside2, many inside2[]);
ALTER TABLE t ALTER o TYPE outside2 USING o::text::outside2, ALTER i TYPE inside2 USING i::text::inside2;
DROP TYPE outside;
DROP TYPE inside;
ALTER TYPE inside2 RENAME TO inside;
ALTER TYPE outside2 RENAME TO outside;

-- plan
-- finding: changes_type transformable
ALTER TYPE dw__app__public.inside RENAME TO inside__before;
CREATE TYPE dw__app__public.inside AS (x bigint, y text);
ALTER TABLE dw__app__public.t ALTER COLUMN i TYPE dw__app__public.inside USING i::text::dw__app__public.inside;
ALTER TYPE dw__app__public.outside RENAME TO outside__before;
CREATE TYPE dw__app__public.outside AS (i dw__app__public.inside, many dw__app__public.inside[]);
ALTER TABLE dw__app__public.t ALTER COLUMN o TYPE dw__app__public.outside USING o::text::dw__app__public.outside;
DROP TYPE dw__app__public.outside__before;
DROP TYPE dw__app__public.inside__before;
