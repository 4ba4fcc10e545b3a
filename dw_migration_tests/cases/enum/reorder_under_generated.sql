-- A generated column of an enum is made again from what it stands on.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, m mood, is_ok boolean GENERATED ALWAYS AS (m = 'ok'::mood) STORED);
CREATE INDEX t_is_ok ON t (is_ok);

-- rows
INSERT INTO t VALUES (1, 'ok');

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';

-- plan
DROP INDEX dw__app__public.t_is_ok;
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t DROP COLUMN is_ok;
-- finding: removes_label transformable
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok', 'happy', 'sad');
ALTER TABLE dw__app__public.t ALTER COLUMN m TYPE dw__app__public.mood USING m::text::dw__app__public.mood;
DROP TYPE dw__app__public.mood__before;
ALTER TABLE dw__app__public.t ADD COLUMN is_ok boolean GENERATED ALWAYS AS ((m = 'ok'::dw__app__public.mood)) STORED;
CREATE INDEX t_is_ok ON dw__app__public.t USING btree (is_ok);
