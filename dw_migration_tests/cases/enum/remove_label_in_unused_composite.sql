-- A label goes from an enum of a composite type that has no rows: both are made anew.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE feeling AS (mood mood);
CREATE TABLE t (id int PRIMARY KEY, m mood);

-- rows
INSERT INTO t VALUES (1, 'ok');

-- after
DROP TYPE feeling;
ALTER TABLE t ALTER m TYPE text;
DROP TYPE mood;
CREATE TYPE mood AS ENUM ('ok');
ALTER TABLE t ALTER m TYPE mood USING m::mood;
CREATE TYPE feeling AS (mood mood);

-- plan
DROP TYPE dw__app__public.feeling;
-- finding: removes_label breaking
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok');
ALTER TABLE dw__app__public.t ALTER COLUMN m TYPE dw__app__public.mood USING m::text::dw__app__public.mood;
DROP TYPE dw__app__public.mood__before;
CREATE TYPE dw__app__public.feeling AS (mood dw__app__public.mood);
