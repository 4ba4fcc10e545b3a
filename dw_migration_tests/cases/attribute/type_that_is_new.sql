

-- before
CREATE TYPE state AS (a date, b int);

-- after
CREATE TYPE span AS RANGE (SUBTYPE = integer);
ALTER TYPE state ALTER ATTRIBUTE a TYPE span;

-- plan
CREATE TYPE dw__app__public.span AS RANGE (SUBTYPE = integer, MULTIRANGE_TYPE_NAME = dw__app__public.span_multirange);
-- finding: changes_type breaking
ALTER TYPE dw__app__public.state ALTER ATTRIBUTE a TYPE dw__app__public.span;
