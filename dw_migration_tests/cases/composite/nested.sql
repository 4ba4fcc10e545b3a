-- A composite type within another, and a domain over it.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE TYPE point3 AS (x int, y int, z int);
CREATE TYPE stretch AS (a point3, b point3, way point3[]);
CREATE DOMAIN good_line AS stretch CHECK ((VALUE).a IS NOT NULL);
ALTER TABLE t ADD l stretch, ADD g good_line;

-- plan
CREATE TYPE dw__app__public.point3 AS (x integer, y integer, z integer);
CREATE TYPE dw__app__public.stretch AS (a dw__app__public.point3, b dw__app__public.point3, way dw__app__public.point3[]);
CREATE DOMAIN dw__app__public.good_line AS dw__app__public.stretch
    CONSTRAINT good_line_check CHECK (((VALUE).a IS NOT NULL));
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN g dw__app__public.good_line;
ALTER TABLE dw__app__public.t ADD COLUMN l dw__app__public.stretch;
