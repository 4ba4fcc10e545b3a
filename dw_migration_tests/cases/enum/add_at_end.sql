-- A label behind the others.
-- keeps: enum dw__app__public.mood

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood);

-- rows
INSERT INTO t VALUES (1, 'happy');

-- after
ALTER TYPE mood ADD VALUE 'glad';

-- plan
ALTER TYPE dw__app__public.mood ADD VALUE IF NOT EXISTS 'glad' AFTER 'happy';
