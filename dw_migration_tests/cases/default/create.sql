-- Defaults of all sorts come.

-- before
CREATE SEQUENCE s;
CREATE TABLE t (a int, b text, c timestamptz, d int, e jsonb, f int[], g uuid, h boolean, i date, j bytea);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ALTER a SET DEFAULT 1, ALTER b SET DEFAULT 'it''s :x %s {y} \', ALTER c SET DEFAULT now(), ALTER d SET DEFAULT nextval('s'),
    ALTER e SET DEFAULT '{"a": [1, 2]}', ALTER f SET DEFAULT ARRAY[1, 2], ALTER g SET DEFAULT gen_random_uuid(), ALTER h SET DEFAULT false,
    ALTER i SET DEFAULT CURRENT_DATE, ALTER j SET DEFAULT '\xdead';

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT 1;
ALTER TABLE dw__app__public.t ALTER COLUMN b SET DEFAULT 'it''s :x %s {y} \'::text;
ALTER TABLE dw__app__public.t ALTER COLUMN c SET DEFAULT now();
ALTER TABLE dw__app__public.t ALTER COLUMN d SET DEFAULT nextval('dw__app__public.s'::regclass);
ALTER TABLE dw__app__public.t ALTER COLUMN e SET DEFAULT '{"a": [1, 2]}'::jsonb;
ALTER TABLE dw__app__public.t ALTER COLUMN f SET DEFAULT ARRAY[1, 2];
ALTER TABLE dw__app__public.t ALTER COLUMN g SET DEFAULT gen_random_uuid();
ALTER TABLE dw__app__public.t ALTER COLUMN h SET DEFAULT false;
ALTER TABLE dw__app__public.t ALTER COLUMN i SET DEFAULT CURRENT_DATE;
ALTER TABLE dw__app__public.t ALTER COLUMN j SET DEFAULT '\xdead'::bytea;
