-- Checks come, go, and change.

-- before
CREATE TABLE t (a int, b text, CONSTRAINT gone CHECK (a > 0), CONSTRAINT same CHECK (b <> ''));

-- rows
INSERT INTO t VALUES (1, 'x');

-- after
ALTER TABLE t DROP CONSTRAINT gone, DROP CONSTRAINT same;
ALTER TABLE t ADD CONSTRAINT same CHECK (b <> 'it''s :x %s {}'), ADD CHECK (a BETWEEN 0 AND 10 OR b ~ '^\w+$'), ADD CONSTRAINT mine CHECK (a IS NOT NULL) NO INHERIT;

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT gone;
ALTER TABLE dw__app__public.t DROP CONSTRAINT same;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT mine CHECK ((a IS NOT NULL)) NO INHERIT;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT same CHECK ((b <> 'it''s :x %s {}'::text));
-- finding: adds_check breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_check CHECK ((((a >= 0) AND (a <= 10)) OR (b ~ '^\w+$'::text)));
