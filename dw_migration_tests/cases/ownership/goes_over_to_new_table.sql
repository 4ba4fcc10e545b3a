-- A sequence goes over from a dropped table to a new one, whose key has the old one's name.
-- rows differ: the source's new table is empty
-- loses: t

-- before
CREATE TABLE t (id serial CONSTRAINT k PRIMARY KEY);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER SEQUENCE t_id_seq OWNED BY NONE;
DROP TABLE t;
CREATE TABLE u (id int DEFAULT nextval('t_id_seq') CONSTRAINT k PRIMARY KEY);
ALTER SEQUENCE t_id_seq OWNED BY u.id;

-- plan
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY NONE;
-- finding: drops_table breaking
DROP TABLE dw__app__public.t;
CREATE TABLE dw__app__public.u (
    id integer DEFAULT nextval('dw__app__public.t_id_seq'::regclass) NOT NULL,
    CONSTRAINT k PRIMARY KEY (id)
);
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY dw__app__public.u.id;
