-- A domain between the enum and the rows is more than a swap can carry.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN good_mood AS mood CHECK (VALUE <> 'sad'::mood);
CREATE TABLE t (id int PRIMARY KEY, mood good_mood);

-- rows
INSERT INTO t VALUES (1, 'ok');

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';

-- error
Unsupported: domain dw__app__public.good_mood cannot change without dropping column dw__app__public.t.mood, which holds rows: change it by a hand-written revision
