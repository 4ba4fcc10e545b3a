-- A serial becomes an identity, by way of the same sequence's name.

-- before
CREATE TABLE t (id serial PRIMARY KEY);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ALTER id DROP DEFAULT;
DROP SEQUENCE t_id_seq;
ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY;
