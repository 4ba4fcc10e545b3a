-- A view's type is the multirange, which has the name that PostgreSQL chose.

-- before
CREATE TABLE t (id int);

-- after
CREATE TYPE "it's ""type""" AS RANGE (SUBTYPE = text);
CREATE VIEW v AS SELECT id, NULL::"it's ""type"""::"it's ""type""_multirange" AS m FROM t;

-- plan
CREATE TYPE dw__app__public."it's ""type""" AS RANGE (SUBTYPE = text, MULTIRANGE_TYPE_NAME = dw__app__public."it's ""type""_multirange");
CREATE VIEW dw__app__public.v (id, m) AS
 SELECT id,
    (NULL::dw__app__public."it's ""type""")::dw__app__public."it's ""type""_multirange" AS m
   FROM dw__app__public.t;
