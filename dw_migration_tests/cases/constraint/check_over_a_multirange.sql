-- A check calls what comes with a range type.

-- before
CREATE TYPE mood AS RANGE (subtype = int);
CREATE TABLE t (x int, CHECK (NULL::mood::mood_multirange IS NULL));

-- after
ALTER TABLE t ADD y int;

-- plan
ALTER TABLE dw__app__public.t ADD COLUMN y integer;
