-- An extension that is no longer needed stays: it belongs to the whole database.
-- rows differ: none

-- before
CREATE EXTENSION citext;
CREATE TABLE t (id int PRIMARY KEY, email citext);

-- after
ALTER TABLE t ALTER email TYPE text;

-- plan
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN email TYPE text;
