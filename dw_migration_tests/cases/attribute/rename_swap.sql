-- Two attributes exchange their names.

-- before
CREATE TYPE pair AS (a int, b int);
CREATE TABLE t (id int PRIMARY KEY, p pair);

-- rows
INSERT INTO t VALUES (1, ROW(1, 2));

-- after
ALTER TYPE pair RENAME ATTRIBUTE a TO c;
ALTER TYPE pair RENAME ATTRIBUTE b TO a;
ALTER TYPE pair RENAME ATTRIBUTE c TO b;

-- plan
ALTER TYPE dw__app__public.pair RENAME ATTRIBUTE a TO b__moving;
-- finding: renames transformable
ALTER TYPE dw__app__public.pair RENAME ATTRIBUTE b TO a;
-- finding: renames transformable
ALTER TYPE dw__app__public.pair RENAME ATTRIBUTE b__moving TO b;
