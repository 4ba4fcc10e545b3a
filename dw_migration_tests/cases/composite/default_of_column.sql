-- A column's default of a composite type whose attribute changes.

-- before
CREATE TYPE money2 AS (amount int, currency text);
CREATE TABLE t (id int PRIMARY KEY, price money2 DEFAULT ROW(1, 'EUR')::money2);

-- rows
INSERT INTO t VALUES (1, ROW(5, 'CHF'));

-- after
ALTER TABLE t ALTER price DROP DEFAULT, ALTER price TYPE text;
ALTER TYPE money2 ALTER ATTRIBUTE amount TYPE bigint;
ALTER TABLE t ALTER price TYPE money2 USING price::money2, ALTER price SET DEFAULT ROW(1, 'EUR')::money2;

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN price DROP DEFAULT;
-- finding: changes_type transformable
ALTER TYPE dw__app__public.money2 RENAME TO money2__before;
CREATE TYPE dw__app__public.money2 AS (amount bigint, currency text);
ALTER TABLE dw__app__public.t ALTER COLUMN price TYPE dw__app__public.money2 USING price::text::dw__app__public.money2;
DROP TYPE dw__app__public.money2__before;
ALTER TABLE dw__app__public.t ALTER COLUMN price SET DEFAULT ROW((1)::bigint, 'EUR'::text)::dw__app__public.money2;
