-- What stands on attributes is out of the way while the type is carried over.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);
CREATE INDEX t_zip ON t (((home).zip));
CREATE INDEX t_street ON t (((home).street)) WHERE (home).zip > 5;
ALTER TABLE t ADD CONSTRAINT zip CHECK ((home).zip > 0);
ALTER TABLE t ADD street text GENERATED ALWAYS AS ((home).street) STORED;
COMMENT ON COLUMN address.zip IS 'the code';
COMMENT ON COLUMN address.street IS 'it''s';
COMMENT ON TYPE address IS 'where';

-- rows
INSERT INTO t VALUES (1, ROW('High St', 7));

-- after
ALTER TABLE t DROP street, DROP CONSTRAINT zip;
DROP INDEX t_zip, t_street;
ALTER TABLE t ALTER home TYPE text;
ALTER TYPE address ALTER ATTRIBUTE zip TYPE bigint;
ALTER TABLE t ALTER home TYPE address USING home::address;
CREATE INDEX t_zip ON t (((home).zip));
CREATE INDEX t_street ON t (((home).street)) WHERE (home).zip > 5;
ALTER TABLE t ADD CONSTRAINT zip CHECK ((home).zip > 0);
ALTER TABLE t ADD street text GENERATED ALWAYS AS ((home).street) STORED;

-- plan
DROP INDEX dw__app__public.t_street;
DROP INDEX dw__app__public.t_zip;
ALTER TABLE dw__app__public.t DROP CONSTRAINT zip;
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t DROP COLUMN street;
-- finding: changes_type transformable
ALTER TYPE dw__app__public.address RENAME TO address__before;
CREATE TYPE dw__app__public.address AS (street text, zip bigint);
ALTER TABLE dw__app__public.t ALTER COLUMN home TYPE dw__app__public.address USING home::text::dw__app__public.address;
DROP TYPE dw__app__public.address__before;
ALTER TABLE dw__app__public.t ADD COLUMN street text GENERATED ALWAYS AS ((home).street) STORED;
ALTER TABLE dw__app__public.t ADD CONSTRAINT zip CHECK (((home).zip > 0));
CREATE INDEX t_street ON dw__app__public.t USING btree (((home).street)) WHERE ((home).zip > 5);
CREATE INDEX t_zip ON dw__app__public.t USING btree (((home).zip));
COMMENT ON TYPE dw__app__public.address IS 'where';
COMMENT ON COLUMN dw__app__public.address.street IS 'it''s';
COMMENT ON COLUMN dw__app__public.address.zip IS 'the code';
