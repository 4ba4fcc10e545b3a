-- What may be NULL is made as it was: whoever gives it NULL meanwhile means that.
-- online
-- rows differ

-- before
CREATE TABLE t (n int);
CREATE TABLE heir (more int) INHERITS (t);

-- rows
INSERT INTO t SELECT n FROM generate_series(1, 5) n;
INSERT INTO heir SELECT n, n FROM generate_series(1, 5) n;

-- after
ALTER TABLE t ADD id serial, ADD key uuid NOT NULL DEFAULT gen_random_uuid(), ADD maybe uuid DEFAULT gen_random_uuid(), ADD since timestamptz NOT NULL DEFAULT now();

-- plan
CREATE SEQUENCE dw__app__public.t_id_seq AS integer;
-- finding: volatile_default transformable
ALTER TABLE dw__app__public.t ADD COLUMN id integer;
ALTER TABLE dw__app__public.t ALTER COLUMN id SET DEFAULT nextval('dw__app__public.t_id_seq'::regclass);
-- commit
UPDATE dw__app__public.t SET id = DEFAULT WHERE id IS NULL;
-- commit
ALTER TABLE dw__app__public.t ADD CONSTRAINT id__not_null CHECK (id IS NOT NULL) NOT VALID;
-- commit
UPDATE dw__app__public.t SET id = DEFAULT WHERE id IS NULL;
-- commit
ALTER TABLE dw__app__public.t VALIDATE CONSTRAINT id__not_null;
-- commit
ALTER TABLE dw__app__public.t ALTER COLUMN id SET NOT NULL;
ALTER TABLE dw__app__public.t DROP CONSTRAINT id__not_null;
-- finding: requires_value breaking
-- finding: volatile_default transformable
ALTER TABLE dw__app__public.t ADD COLUMN key uuid;
ALTER TABLE dw__app__public.t ALTER COLUMN key SET DEFAULT gen_random_uuid();
-- commit
UPDATE dw__app__public.t SET key = DEFAULT WHERE key IS NULL;
-- commit
ALTER TABLE dw__app__public.t ADD CONSTRAINT key__not_null CHECK (key IS NOT NULL) NOT VALID;
-- commit
UPDATE dw__app__public.t SET key = DEFAULT WHERE key IS NULL;
-- commit
ALTER TABLE dw__app__public.t VALIDATE CONSTRAINT key__not_null;
-- commit
ALTER TABLE dw__app__public.t ALTER COLUMN key SET NOT NULL;
ALTER TABLE dw__app__public.t DROP CONSTRAINT key__not_null;
-- finding: requires_value breaking
-- finding: volatile_default transformable
ALTER TABLE dw__app__public.t ADD COLUMN maybe uuid DEFAULT gen_random_uuid();
-- finding: volatile_default transformable
ALTER TABLE dw__app__public.t ADD COLUMN since timestamp with time zone DEFAULT now() NOT NULL;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.heir ALTER COLUMN id SET DEFAULT nextval('dw__app__public.t_id_seq'::regclass);
ALTER TABLE dw__app__public.heir ALTER COLUMN key SET DEFAULT gen_random_uuid();
ALTER TABLE dw__app__public.heir ALTER COLUMN maybe SET DEFAULT gen_random_uuid();
ALTER TABLE dw__app__public.heir ALTER COLUMN since SET DEFAULT now();
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY dw__app__public.t.id;
