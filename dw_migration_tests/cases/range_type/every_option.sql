-- Range types without rows are made anew: of other bounds, in another order, by another collation.

-- before
CREATE SCHEMA other;
CREATE COLLATION own (PROVIDER = libc, LOCALE = 'C');
CREATE COLLATION other.own (PROVIDER = libc, LOCALE = 'C');
CREATE TYPE bounds AS RANGE (SUBTYPE = int);
CREATE TYPE ordered AS RANGE (SUBTYPE = text, SUBTYPE_OPCLASS = text_pattern_ops);
CREATE TYPE class AS RANGE (SUBTYPE = text);
CREATE TYPE collated AS RANGE (SUBTYPE = text, COLLATION = own);
CREATE TYPE compared AS RANGE (SUBTYPE = text, COLLATION = "C");

-- after
DROP TYPE bounds, ordered, class, collated, compared;
CREATE TYPE bounds AS RANGE (SUBTYPE = bigint);
CREATE TYPE ordered AS RANGE (SUBTYPE = text, SUBTYPE_OPCLASS = text_ops);
CREATE TYPE class AS RANGE (SUBTYPE = text, SUBTYPE_OPCLASS = text_pattern_ops);
CREATE TYPE collated AS RANGE (SUBTYPE = text, COLLATION = other.own);
CREATE TYPE compared AS RANGE (SUBTYPE = text, COLLATION = "POSIX");

-- plan
DROP TYPE dw__app__public.bounds;
DROP TYPE dw__app__public.class;
DROP TYPE dw__app__public.collated;
DROP TYPE dw__app__public.compared;
DROP TYPE dw__app__public.ordered;
-- finding: changes_type transformable
CREATE TYPE dw__app__public.bounds AS RANGE (SUBTYPE = bigint, MULTIRANGE_TYPE_NAME = dw__app__public.bounds_multirange);
-- finding: alters transformable
CREATE TYPE dw__app__public.class AS RANGE (SUBTYPE = text, SUBTYPE_OPCLASS = pg_catalog.text_pattern_ops, MULTIRANGE_TYPE_NAME = dw__app__public.class_multirange);
-- finding: changes_collation transformable
CREATE TYPE dw__app__public.collated AS RANGE (SUBTYPE = text, COLLATION = dw__app__other.own, MULTIRANGE_TYPE_NAME = dw__app__public.collated_multirange);
-- finding: changes_collation transformable
CREATE TYPE dw__app__public.compared AS RANGE (SUBTYPE = text, COLLATION = pg_catalog."POSIX", MULTIRANGE_TYPE_NAME = dw__app__public.compared_multirange);
-- finding: alters transformable
CREATE TYPE dw__app__public.ordered AS RANGE (SUBTYPE = text, MULTIRANGE_TYPE_NAME = dw__app__public.ordered_multirange);
