-- A serial becomes an identity, by way of the same sequence's name.

-- before
CREATE TABLE t (id serial PRIMARY KEY);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ALTER id DROP DEFAULT;
DROP SEQUENCE t_id_seq;
ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY;

-- plan
ALTER SEQUENCE dw__app__public.t_id_seq OWNED BY NONE;
ALTER TABLE dw__app__public.t ALTER COLUMN id DROP DEFAULT;
-- finding: drops_type transformable
DROP SEQUENCE dw__app__public.t_id_seq;
-- finding: alters transformable
ALTER TABLE dw__app__public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
