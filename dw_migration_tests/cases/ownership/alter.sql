-- A sequence moves to another column.

-- before
CREATE TABLE t (id serial, n int);

-- after
ALTER SEQUENCE t_id_seq OWNED BY t.n;
