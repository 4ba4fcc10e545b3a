-- A table is replaced, and its sequence goes over to the new one.
-- rows differ: the source's new table is empty

-- before
CREATE TABLE t (id serial PRIMARY KEY, n int);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
CREATE TABLE u (id int PRIMARY KEY DEFAULT nextval('t_id_seq'), n int);
ALTER SEQUENCE t_id_seq OWNED BY u.id;
DROP TABLE t;
