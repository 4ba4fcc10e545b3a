-- A renamed label is one that went and one that came.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, mood mood);

-- after
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';

-- plan
-- finding: removes_label breaking
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('sad', 'fine');
ALTER TABLE dw__app__public.t ALTER COLUMN mood TYPE dw__app__public.mood USING mood::text::dw__app__public.mood;
DROP TYPE dw__app__public.mood__before;
