-- Attributes in another order under rows: no text of a value says which is which.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
CREATE TYPE address2 AS (zip int, street text);
ALTER TABLE t ALTER home TYPE address2 USING ROW((home).zip, (home).street)::address2;
DROP TYPE address;
ALTER TYPE address2 RENAME TO address;

-- error
Unsupported: composite dw__app__public.address can only be dropped and created, and column dw__app__public.t.home would lose rows: change it by a hand-written revision
