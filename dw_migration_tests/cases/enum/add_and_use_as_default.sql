-- A label is committed before a default uses it.
-- keeps: enum dw__app__public.mood

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'sad');

-- rows
INSERT INTO t VALUES (1, 'happy');

-- after
ALTER TYPE mood ADD VALUE 'ok' AFTER 'sad';
ALTER TABLE t ALTER mood SET DEFAULT 'ok';
ALTER TABLE t ADD was mood NOT NULL DEFAULT 'ok';
CREATE INDEX t_ok ON t (id) WHERE mood = 'ok';

-- plan
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS 'ok' AFTER 'sad';
-- commit
ALTER TABLE dw__app__public.t ADD COLUMN was dw__app__public.mood DEFAULT 'ok'::dw__app__public.mood NOT NULL;
ALTER TABLE dw__app__public.t ALTER COLUMN mood SET DEFAULT 'ok'::dw__app__public.mood;
CREATE INDEX t_ok ON dw__app__public.t USING btree (id) WHERE (mood = 'ok'::dw__app__public.mood);
