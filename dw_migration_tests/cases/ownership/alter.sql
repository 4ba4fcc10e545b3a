-- A sequence moves to another column.

-- before
CREATE TABLE t (id serial, n int);

-- after
ALTER SEQUENCE t_id_seq OWNED BY t.n;

-- plan
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY NONE;
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY dw__app__public.t.n;
