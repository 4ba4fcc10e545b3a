-- A wider type moves the limit too.

-- before
CREATE TABLE t (id serial PRIMARY KEY);

-- rows
INSERT INTO t VALUES (3);

-- after
ALTER TABLE t ALTER id TYPE bigint;
ALTER SEQUENCE t_id_seq AS bigint;
