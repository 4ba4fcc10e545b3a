-- An attribute more and another type at once are more than a swap can carry.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);

-- rows
INSERT INTO t VALUES (1, ROW('High "St", 1', 7)), (2, NULL), (3, ROW(NULL, NULL));

-- after
ALTER TABLE t ALTER home TYPE text;
ALTER TYPE address ALTER ATTRIBUTE zip TYPE bigint, ADD ATTRIBUTE town text;
UPDATE t SET home = replace(home, ')', ',)');
ALTER TABLE t ALTER home TYPE address USING home::address;

-- error
Unsupported: composite dw__app__public.address can only be dropped and created, and column dw__app__public.t.home would lose rows: change it by a hand-written revision
