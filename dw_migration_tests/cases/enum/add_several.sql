-- Labels at the beginning, in the middle, two beside one another, and at the end.
-- keeps: enum dw__app__public.mood

-- before
CREATE TYPE mood AS ENUM ('b', 'd');
CREATE TABLE t (id int PRIMARY KEY, mood mood);

-- rows
INSERT INTO t VALUES (1, 'd');

-- after
ALTER TYPE mood ADD VALUE 'a' BEFORE 'b';
ALTER TYPE mood ADD VALUE 'a0' BEFORE 'a';
ALTER TYPE mood ADD VALUE 'c' AFTER 'b';
ALTER TYPE mood ADD VALUE 'c2' AFTER 'c';
ALTER TYPE mood ADD VALUE 'e';

-- plan
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS 'a0' BEFORE 'b';
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS 'a' AFTER 'a0';
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS 'c' AFTER 'b';
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS 'c2' AFTER 'c';
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS 'e' AFTER 'd';
