-- A domain over an array of an enum that loses a label.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN moods AS mood[] DEFAULT '{ok}' CHECK (array_length(VALUE, 1) > 0);
CREATE TABLE t (id int PRIMARY KEY, m moods, many moods[]);

-- rows
INSERT INTO t (id, m) VALUES (1, '{ok,ok}');

-- after
ALTER TABLE t ALTER m TYPE text, ALTER many TYPE text;
DROP DOMAIN moods;
DROP TYPE mood;
CREATE TYPE mood AS ENUM ('ok');
CREATE DOMAIN moods AS mood[] DEFAULT '{ok}' CHECK (array_length(VALUE, 1) > 0);
ALTER TABLE t ALTER m TYPE moods USING m::moods, ALTER many TYPE moods[] USING many::moods[];

-- plan
-- finding: removes_label breaking
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok');
ALTER DOMAIN dw__app__public.moods RENAME TO moods__before;
CREATE DOMAIN dw__app__public.moods AS dw__app__public.mood[] DEFAULT '{ok}'::dw__app__public.mood[]
    CONSTRAINT moods_check CHECK ((array_length(VALUE, 1) > 0));
ALTER TABLE dw__app__public.t ALTER COLUMN m TYPE dw__app__public.moods USING m::text::dw__app__public.moods;
ALTER TABLE dw__app__public.t ALTER COLUMN many TYPE dw__app__public.moods[] USING many::text[]::dw__app__public.moods[];
DROP DOMAIN dw__app__public.moods__before;
DROP TYPE dw__app__public.mood__before;
