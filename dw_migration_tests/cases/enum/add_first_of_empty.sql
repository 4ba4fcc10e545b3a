-- The first label of an enum that has none.
-- keeps: enum dw__app__public.mood

-- before
CREATE TYPE mood AS ENUM ();
CREATE TABLE t (id int PRIMARY KEY, mood mood);

-- after
ALTER TYPE mood ADD VALUE 'a';
ALTER TYPE mood ADD VALUE 'b';

-- plan
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS 'a';
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS 'b' AFTER 'a';
