-- A label goes, and with it one of two columns.
-- loses: t.two

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, one mood, two mood);

-- rows
INSERT INTO t VALUES (1, 'ok', 'sad');

-- after
ALTER TABLE t DROP two;
DELETE FROM pg_enum WHERE enumlabel = 'sad';

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN two;
-- finding: removes_label breaking
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok', 'happy');
ALTER TABLE dw__app__public.t ALTER COLUMN one TYPE dw__app__public.mood USING one::text::dw__app__public.mood;
DROP TYPE dw__app__public.mood__before;
