-- A sequence belongs to no column any more.

-- before
CREATE TABLE t (id serial);

-- after
ALTER SEQUENCE t_id_seq OWNED BY NONE;

-- plan
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY NONE;
