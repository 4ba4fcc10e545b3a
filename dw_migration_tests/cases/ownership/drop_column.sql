-- The column of a serial goes, and its sequence with it.

-- before
CREATE TABLE t (id serial, n int);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP id;

-- plan
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY NONE;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN id;
-- finding: drops_type transformable
DROP SEQUENCE dw__app__public.t_id_seq;
