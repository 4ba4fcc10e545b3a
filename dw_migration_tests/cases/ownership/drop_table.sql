-- The table of a serial goes, and its sequence with it.

-- before
CREATE TABLE t (id serial, n int);
CREATE TABLE u (id int);

-- after
DROP TABLE t;

-- plan
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY NONE;
-- finding: drops_table breaking
DROP TABLE dw__app__public.t;
-- finding: drops_type transformable
DROP SEQUENCE dw__app__public.t_id_seq;
