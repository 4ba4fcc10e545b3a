-- The function by which a range type measures gets another name.

-- before
CREATE FUNCTION span(a integer, b integer) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN a - b;
CREATE TYPE x AS RANGE (SUBTYPE = integer, SUBTYPE_DIFF = span);
CREATE TABLE t (id int PRIMARY KEY, a x);

-- rows
INSERT INTO t VALUES (1, '[1,3)');

-- after
ALTER FUNCTION span RENAME TO y;

-- plan
-- finding: renames transformable
ALTER FUNCTION dw__app__public.span(integer, integer) RENAME TO y;
