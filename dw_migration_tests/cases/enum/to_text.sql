-- A column leaves its enum for text.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok');
CREATE INDEX t_mood ON t (mood);

-- rows
INSERT INTO t VALUES (1, 'sad');

-- after
ALTER TABLE t ALTER mood DROP DEFAULT;
ALTER TABLE t ALTER mood TYPE text USING mood::text;
ALTER TABLE t ALTER mood SET DEFAULT 'ok';
DROP TYPE mood;

-- error
Unsupported: enum dw__app__public.mood cannot change without dropping column dw__app__public.t.mood, which holds rows: change it by a hand-written revision
