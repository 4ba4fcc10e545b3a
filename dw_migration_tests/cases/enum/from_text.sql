-- A column of text becomes an enum.

-- before
CREATE TABLE t (id int PRIMARY KEY, mood text DEFAULT 'ok' CHECK (mood IN ('sad', 'ok')));
CREATE INDEX t_mood ON t (mood);

-- rows
INSERT INTO t VALUES (1, 'sad');

-- after
CREATE TYPE mood AS ENUM ('sad', 'ok');
ALTER TABLE t ALTER mood DROP DEFAULT, DROP CONSTRAINT t_mood_check;
ALTER TABLE t ALTER mood TYPE mood USING mood::mood;
ALTER TABLE t ALTER mood SET DEFAULT 'ok';

-- error
Unsupported: enum dw__app__public.mood cannot change without dropping column dw__app__public.t.mood, which holds rows: change it by a hand-written revision
