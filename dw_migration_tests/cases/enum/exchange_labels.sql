-- Two labels that exchange their names go by way of a third, and rows keep what they mean.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok');

-- rows
INSERT INTO t VALUES (1, 'ok'), (2, 'sad');

-- after
ALTER TYPE mood RENAME VALUE 'ok' TO 'x';
ALTER TYPE mood RENAME VALUE 'sad' TO 'ok';
ALTER TYPE mood RENAME VALUE 'x' TO 'sad';

-- plan
-- finding: renames_label transformable
ALTER TYPE dw__app__public.mood RENAME VALUE 'sad' TO 'moving 0';
ALTER TYPE dw__app__public.mood RENAME VALUE 'ok' TO 'sad';
ALTER TYPE dw__app__public.mood RENAME VALUE 'moving 0' TO 'ok';
