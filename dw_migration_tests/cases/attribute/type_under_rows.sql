-- An attribute's type changes under rows: a new type takes them over, with arrays and a domain.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);
CREATE DOMAIN home AS address CHECK ((VALUE).zip IS NOT NULL);
CREATE TABLE u (id int PRIMARY KEY, many address[], h home);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));
INSERT INTO u VALUES (1, ARRAY[ROW('a', 1)::address, NULL], ROW('b', 2));

-- after
ALTER TABLE u ALTER h TYPE text;
DROP DOMAIN home;
CREATE TYPE address2 AS (street text, zip text);
ALTER TABLE t ALTER home TYPE address2 USING home::text::address2;
ALTER TABLE u ALTER many TYPE address2[] USING many::text::address2[];
DROP TYPE address;
ALTER TYPE address2 RENAME TO address;
CREATE DOMAIN home AS address CHECK ((VALUE).zip IS NOT NULL);
ALTER TABLE u ALTER h TYPE home USING h::home;

-- plan
-- finding: changes_type transformable
ALTER TYPE dw__app__public.address RENAME TO address__before;
CREATE TYPE dw__app__public.address AS (street text, zip text);
ALTER TABLE dw__app__public.t ALTER COLUMN home TYPE dw__app__public.address USING home::text::dw__app__public.address;
ALTER TABLE dw__app__public.u ALTER COLUMN many TYPE dw__app__public.address[] USING many::text[]::dw__app__public.address[];
ALTER DOMAIN dw__app__public.home RENAME TO home__before;
CREATE DOMAIN dw__app__public.home AS dw__app__public.address
    CONSTRAINT home_check CHECK (((VALUE).zip IS NOT NULL));
ALTER TABLE dw__app__public.u ALTER COLUMN h TYPE dw__app__public.home USING h::text::dw__app__public.home;
DROP DOMAIN dw__app__public.home__before;
DROP TYPE dw__app__public.address__before;
