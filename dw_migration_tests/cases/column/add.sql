-- Columns with and without a value at hand.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ADD a int, ADD b text NOT NULL DEFAULT 'x', ADD c int[] DEFAULT '{1}', ADD d numeric(5, 2), ADD e timestamptz(3),
    ADD f interval day to second(2), ADD g bit varying(3), ADD h "char", ADD i jsonb DEFAULT '{"a": "b"}';

-- plan
ALTER TABLE dw__app__public.t ADD COLUMN a integer;
ALTER TABLE dw__app__public.t ADD COLUMN b text DEFAULT 'x'::text NOT NULL;
ALTER TABLE dw__app__public.t ADD COLUMN c integer[] DEFAULT '{1}'::integer[];
ALTER TABLE dw__app__public.t ADD COLUMN d numeric(5,2);
ALTER TABLE dw__app__public.t ADD COLUMN e timestamp(3) with time zone;
ALTER TABLE dw__app__public.t ADD COLUMN f interval day to second(2);
ALTER TABLE dw__app__public.t ADD COLUMN g bit varying(3);
ALTER TABLE dw__app__public.t ADD COLUMN h "char";
ALTER TABLE dw__app__public.t ADD COLUMN i jsonb DEFAULT '{"a": "b"}'::jsonb;
