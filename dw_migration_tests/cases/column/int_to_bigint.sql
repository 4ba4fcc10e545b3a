-- Key, foreign key and serial become bigint.

-- before
CREATE TABLE t (id serial PRIMARY KEY, n int DEFAULT 5 CHECK (n > 0));
CREATE TABLE u (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t int REFERENCES t);
CREATE INDEX u_t ON u (t);

-- rows
INSERT INTO t VALUES (1, 2);
INSERT INTO u OVERRIDING SYSTEM VALUE VALUES (1, 1);

-- after
ALTER TABLE t ALTER id TYPE bigint, ALTER n TYPE bigint;
ALTER SEQUENCE t_id_seq AS bigint;
ALTER TABLE u ALTER id TYPE bigint, ALTER t TYPE bigint;

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN id DROP DEFAULT;
ALTER TABLE dw__app__public.t ALTER COLUMN n DROP DEFAULT;
ALTER SEQUENCE dw__app__public.t_id_seq AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1 NO CYCLE;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN id TYPE bigint;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN n TYPE bigint;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.u ALTER COLUMN id TYPE bigint;
ALTER TABLE dw__app__public.u ALTER COLUMN id SET INCREMENT BY 1 SET MINVALUE 1 SET MAXVALUE 9223372036854775807 SET START WITH 1 SET CACHE 1 SET NO CYCLE;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.u ALTER COLUMN t TYPE bigint;
ALTER TABLE dw__app__public.t ALTER COLUMN id SET DEFAULT nextval('dw__app__public.t_id_seq'::regclass);
ALTER TABLE dw__app__public.t ALTER COLUMN n SET DEFAULT 5;
