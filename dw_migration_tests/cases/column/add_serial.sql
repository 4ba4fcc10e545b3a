-- A serial is added to a table with rows.
-- rows differ: who gets which number is the server's

-- before
CREATE TABLE t (n int);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ADD id serial PRIMARY KEY;

-- plan
CREATE SEQUENCE dw__app__public.t_id_seq AS integer;
-- finding: volatile_default transformable
ALTER TABLE dw__app__public.t ADD COLUMN id integer DEFAULT nextval('dw__app__public.t_id_seq'::regclass) NOT NULL;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY dw__app__public.t.id;
