-- A table is replaced, and its sequence goes over to the new one.
-- rows differ: the source's new table is empty
-- loses: t

-- before
CREATE TABLE t (id serial PRIMARY KEY, n int);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
CREATE TABLE u (id int PRIMARY KEY DEFAULT nextval('t_id_seq'), n int);
ALTER SEQUENCE t_id_seq OWNED BY u.id;
DROP TABLE t;

-- plan
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY NONE;
-- finding: drops_table breaking
DROP TABLE dw__app__public.t;
CREATE TABLE dw__app__public.u (
    id integer DEFAULT nextval('dw__app__public.t_id_seq'::regclass) NOT NULL,
    n integer,
    CONSTRAINT u_pkey PRIMARY KEY (id)
);
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY dw__app__public.u.id;
