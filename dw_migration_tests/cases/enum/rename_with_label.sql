-- A renamed type with a renamed label and a new one.
-- keeps: enum dw__app__public.mood

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'odd');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok');

-- rows
INSERT INTO t VALUES (1, 'ok');

-- after
ALTER TYPE mood RENAME TO "Feeling";
ALTER TYPE "Feeling" RENAME VALUE 'ok' TO 'fine';
ALTER TYPE "Feeling" ADD VALUE 'great' BEFORE 'fine';

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.mood RENAME TO feeling;
-- finding: renames_label transformable
ALTER TYPE dw__app__public.feeling RENAME VALUE 'ok' TO 'fine';
-- commit
ALTER TYPE dw__app__public.feeling ADD VALUE IF NOT EXISTS 'great' AFTER 'sad';
