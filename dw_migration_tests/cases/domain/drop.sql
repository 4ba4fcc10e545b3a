-- A domain goes with its last column.

-- before
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE t (id int PRIMARY KEY, n positive);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP n;
DROP DOMAIN positive;
