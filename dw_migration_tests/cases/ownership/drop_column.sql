-- The column of a serial goes, and its sequence with it.

-- before
CREATE TABLE t (id serial, n int);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP id;
