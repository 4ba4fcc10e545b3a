-- An attribute goes with the index and the check that stand on it.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);
CREATE INDEX t_zip ON t (((home).zip));
ALTER TABLE t ADD CONSTRAINT zip CHECK ((home).zip > 0);

-- after
DROP INDEX t_zip;
ALTER TABLE t DROP CONSTRAINT zip;
ALTER TYPE address DROP ATTRIBUTE zip;

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.t_zip;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT zip;
-- finding: drops_column breaking
-- finding: alters transformable
ALTER TYPE dw__app__public.address DROP ATTRIBUTE zip;
