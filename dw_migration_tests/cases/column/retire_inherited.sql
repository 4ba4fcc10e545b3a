-- A column that others inherit, one of a typed table, and a generated one cannot be retired: they are dropped.
-- drops retired
-- loses: h.a, t.a, typed.y

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE TABLE h (b int) INHERITS (t);
CREATE TYPE ty AS (x int, y int);
CREATE TABLE typed OF ty;
CREATE TABLE g (a int, twice int GENERATED ALWAYS AS (a * 2) STORED);

-- rows
INSERT INTO t VALUES (1, 2);
INSERT INTO h VALUES (1, 2, 3);
INSERT INTO typed VALUES (1, 2);

-- after
ALTER TABLE t DROP a;
ALTER TYPE ty DROP ATTRIBUTE y CASCADE;
ALTER TABLE g DROP twice;

-- plan
ALTER TABLE dw__app__public.typed NOT OF;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.g DROP COLUMN twice;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN a;
-- finding: drops_column breaking
-- finding: drops_column breaking
ALTER TABLE dw__app__public.typed DROP COLUMN y;
-- finding: drops_column breaking
-- finding: alters transformable
ALTER TYPE dw__app__public.ty DROP ATTRIBUTE y;
ALTER TABLE dw__app__public.typed OF dw__app__public.ty;
