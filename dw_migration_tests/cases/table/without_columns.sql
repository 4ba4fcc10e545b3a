-- A table without columns, and one that loses its last.

-- before
CREATE TABLE a ();
CREATE TABLE b (x int);

-- after
CREATE TABLE c ();
ALTER TABLE b DROP x;
