-- Range types with all that can be said of them, and columns of the type, its multirange and arrays.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE "Text Range" AS RANGE (subtype = text, subtype_opclass = text_pattern_ops, collation = "C", multirange_type_name = "Many Texts");
CREATE DOMAIN small AS int CHECK (VALUE < 10);
CREATE TYPE spans AS RANGE (subtype = small);
ALTER TABLE t ADD f floatrange, ADD m floatmultirange, ADD fs floatrange[], ADD ms floatmultirange[], ADD x "Text Range", ADD y "Many Texts", ADD s spans;

-- plan
CREATE TYPE dw__app__public.floatrange AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = pg_catalog.float8mi, MULTIRANGE_TYPE_NAME = dw__app__public.floatmultirange);
CREATE TYPE dw__app__public."text range" AS RANGE (SUBTYPE = text, SUBTYPE_OPCLASS = pg_catalog.text_pattern_ops, COLLATION = pg_catalog."C", MULTIRANGE_TYPE_NAME = dw__app__public."many texts");
CREATE DOMAIN dw__app__public.small AS integer
    CONSTRAINT small_check CHECK ((VALUE < 10));
CREATE TYPE dw__app__public.spans AS RANGE (SUBTYPE = dw__app__public.small, MULTIRANGE_TYPE_NAME = dw__app__public.spans_multirange);
ALTER TABLE dw__app__public.t ADD COLUMN f dw__app__public.floatrange;
ALTER TABLE dw__app__public.t ADD COLUMN fs dw__app__public.floatrange[];
ALTER TABLE dw__app__public.t ADD COLUMN m dw__app__public.floatmultirange;
ALTER TABLE dw__app__public.t ADD COLUMN ms dw__app__public.floatmultirange[];
ALTER TABLE dw__app__public.t ADD COLUMN s dw__app__public.spans;
ALTER TABLE dw__app__public.t ADD COLUMN x dw__app__public."text range";
ALTER TABLE dw__app__public.t ADD COLUMN y dw__app__public."many texts";
