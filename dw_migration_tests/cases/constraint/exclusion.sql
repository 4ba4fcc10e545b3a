-- Exclusion constraints come, change and go.

-- before
CREATE TABLE t (a int4range, b int4range, c int4range, CONSTRAINT gone EXCLUDE USING gist (a WITH &&), CONSTRAINT same EXCLUDE USING gist (b WITH &&));

-- rows
INSERT INTO t VALUES ('[1,2)', '[1,2)', '[1,2)');

-- after
ALTER TABLE t DROP CONSTRAINT gone, DROP CONSTRAINT same;
ALTER TABLE t ADD CONSTRAINT same EXCLUDE USING gist (b WITH &&) WHERE (NOT isempty(b)) DEFERRABLE;
ALTER TABLE t ADD CONSTRAINT fresh EXCLUDE USING gist (c WITH =);

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT gone;
ALTER TABLE dw__app__public.t DROP CONSTRAINT same;
-- finding: adds_exclusion breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT fresh EXCLUDE USING gist (c WITH =);
-- finding: adds_exclusion breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT same EXCLUDE USING gist (b WITH &&) WHERE ((NOT isempty(b))) DEFERRABLE;
