

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE state AS (m mood);
CREATE TABLE a (s state, m mood[]);
CREATE TABLE b (n int) INHERITS (a);

-- rows
INSERT INTO b VALUES (row('ok'), '{ok}', 1);

-- after
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';

-- plan
-- finding: removes_label breaking
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('blue', 'ok');
ALTER TABLE dw__app__public.a ALTER COLUMN m TYPE dw__app__public.mood[] USING m::text[]::dw__app__public.mood[];
ALTER TYPE dw__app__public.state RENAME TO state__before;
CREATE TYPE dw__app__public.state AS (m dw__app__public.mood);
ALTER TABLE dw__app__public.a ALTER COLUMN s TYPE dw__app__public.state USING s::text::dw__app__public.state;
DROP TYPE dw__app__public.state__before;
DROP TYPE dw__app__public.mood__before;
