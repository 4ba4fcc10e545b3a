-- Somebody's own domain over our enum, with rows, is not ours to carry over.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, m mood);

-- target
CREATE DOMAIN dw__app__public.theirs AS dw__app__public.mood;
CREATE TABLE dw__app__public.their_table (m dw__app__public.theirs);

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';

-- error
NotOurs: domain dw__app__public.theirs is not ours and stands on enum dw__app__public.mood, which has to change: drop it, or change what it stands on by hand
