-- A column becomes a serial by hand.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- rows
INSERT INTO t VALUES (1);

-- after
CREATE SEQUENCE t_id_seq AS int OWNED BY t.id;
ALTER TABLE t ALTER id SET DEFAULT nextval('t_id_seq');

-- plan
CREATE SEQUENCE dw__app__public.t_id_seq AS integer;
ALTER TABLE dw__app__public.t ALTER COLUMN id SET DEFAULT nextval('dw__app__public.t_id_seq'::regclass);
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY dw__app__public.t.id;
