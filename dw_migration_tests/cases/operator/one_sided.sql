-- one that is another's negator or commutator, and has none itself, stays so

-- before
CREATE SCHEMA "Sales";
CREATE OPERATOR public.~~~ (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer);

-- after
CREATE OPERATOR "Sales".<-> (FUNCTION = int4lt, LEFTARG = integer, RIGHTARG = integer, NEGATOR = OPERATOR(public.!!));
CREATE OPERATOR public.!! (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(public.!!));
CREATE OPERATOR "Sales".@#@ (FUNCTION = int48lt, LEFTARG = integer, RIGHTARG = bigint, COMMUTATOR = OPERATOR(public.!!!));
CREATE OPERATOR public.!!! (FUNCTION = int84gt, LEFTARG = bigint, RIGHTARG = integer);

-- plan
CREATE OPERATOR dw__app__sales.<-> (FUNCTION = pg_catalog.int4lt, LEFTARG = integer, RIGHTARG = integer, NEGATOR = OPERATOR(dw__app__public.!!));
CREATE OPERATOR dw__app__public.!! (FUNCTION = pg_catalog.int4eq, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(dw__app__public.!!));
CREATE OPERATOR dw__app__sales.@#@ (FUNCTION = pg_catalog.int48lt, LEFTARG = integer, RIGHTARG = bigint, COMMUTATOR = OPERATOR(dw__app__public.!!!));
CREATE OPERATOR dw__app__public.!!! (FUNCTION = pg_catalog.int84gt, LEFTARG = bigint, RIGHTARG = integer);
