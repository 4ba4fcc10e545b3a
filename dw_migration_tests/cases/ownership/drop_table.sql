-- The table of a serial goes, and its sequence with it.

-- before
CREATE TABLE t (id serial, n int);
CREATE TABLE u (id int);

-- after
DROP TABLE t;
