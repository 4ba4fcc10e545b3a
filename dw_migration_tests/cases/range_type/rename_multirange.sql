-- The multirange type gets another name.

-- before
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE t (id int PRIMARY KEY, s span, m span_multirange);

-- rows
INSERT INTO t VALUES (1, '[1,2)', '{[1,2)}');

-- after
ALTER TYPE span_multirange RENAME TO spans;

-- plan
-- finding: alters transformable
ALTER TYPE dw__app__public.span_multirange RENAME TO spans;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN m TYPE dw__app__public.spans USING m::text::dw__app__public.spans;
