-- A wider type moves the limit too.

-- before
CREATE TABLE t (id serial PRIMARY KEY);

-- rows
INSERT INTO t VALUES (3);

-- after
ALTER TABLE t ALTER id TYPE bigint;
ALTER SEQUENCE t_id_seq AS bigint;

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN id DROP DEFAULT;
ALTER SEQUENCE dw__app__public.t_id_seq AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1 NO CYCLE;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN id TYPE bigint;
ALTER TABLE dw__app__public.t ALTER COLUMN id SET DEFAULT nextval('dw__app__public.t_id_seq'::regclass);
