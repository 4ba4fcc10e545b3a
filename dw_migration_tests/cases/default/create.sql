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
