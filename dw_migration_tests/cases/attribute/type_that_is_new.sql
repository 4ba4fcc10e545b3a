

-- before
CREATE TYPE gone AS ENUM ('x');
CREATE TYPE state AS (a date, b gone);

-- after
CREATE TYPE span AS RANGE (SUBTYPE = integer);
ALTER TYPE state ALTER ATTRIBUTE a TYPE span, ALTER ATTRIBUTE b TYPE text;
DROP TYPE gone;

-- plan
DROP TYPE dw__app__public.state;
DROP TYPE dw__app__public.gone;
CREATE TYPE dw__app__public.span AS RANGE (SUBTYPE = integer, MULTIRANGE_TYPE_NAME = dw__app__public.span_multirange);
CREATE TYPE dw__app__public.state AS (a dw__app__public.span, b text);
