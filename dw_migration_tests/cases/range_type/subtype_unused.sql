-- Another difference function of a range type without rows: it is made anew.

-- before
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE t (id int);

-- after
DROP TYPE span;
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);

-- plan
DROP TYPE dw__app__public.span;
CREATE TYPE dw__app__public.span AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = pg_catalog.float8mi, MULTIRANGE_TYPE_NAME = dw__app__public.span_multirange);
