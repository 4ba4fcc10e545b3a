-- Nothing gives a column another type while another table's rows are of its row type, as after a rebuilding of the source.

-- before
CREATE TABLE t (id int PRIMARY KEY, b int);
CREATE TABLE a (id int PRIMARY KEY, t t);

-- after
DROP TABLE a;
DROP TABLE t;
CREATE TABLE t (id int PRIMARY KEY, b bigint);
CREATE TABLE a (id int PRIMARY KEY, t t);

-- error
Unsupported: column dw__app__public.t.b cannot get another type while rows of column dw__app__public.a.t are of the row type of its table: change both by a hand-written revision
