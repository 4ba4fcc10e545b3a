-- A column becomes a serial by hand.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- rows
INSERT INTO t VALUES (1);

-- after
CREATE SEQUENCE t_id_seq AS int OWNED BY t.id;
ALTER TABLE t ALTER id SET DEFAULT nextval('t_id_seq');
