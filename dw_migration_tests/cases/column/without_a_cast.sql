-- Where no cast leads from the one type to the other, text is between them.

-- before
CREATE TYPE one AS ENUM ('a', 'b');
CREATE TYPE two AS ENUM ('b', 'a', 'c');
CREATE TABLE t (a one, b one[], c boolean, d bigint, e int, f uuid, g date);

-- rows
INSERT INTO t VALUES ('a', '{b}', true, 1, NULL, NULL, NULL);

-- after
ALTER TABLE t ALTER a TYPE two USING a::text::two, ALTER b TYPE two[] USING b::text[]::two[], ALTER c TYPE bigint USING c::int,
    ALTER d TYPE boolean USING d = 1, ALTER e TYPE date USING e::text::date, ALTER f TYPE bytea USING NULL, ALTER g TYPE time USING NULL;

-- plan
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE dw__app__public.two USING a::text::dw__app__public.two;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE dw__app__public.two[] USING b::text[]::dw__app__public.two[];
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN c TYPE bigint USING c::integer::bigint;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN d TYPE boolean USING d::integer::boolean;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN e TYPE date USING e::text::date;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN f TYPE bytea USING f::text::bytea;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN g TYPE time without time zone USING g::text::time without time zone;
