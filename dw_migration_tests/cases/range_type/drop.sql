-- A range type goes with the columns of it and of its multirange type.
-- loses: t.m, t.s

-- before
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE t (id int PRIMARY KEY, s span, m span_multirange);

-- rows
INSERT INTO t VALUES (1, '[1,2)', '{[1,2)}');

-- after
ALTER TABLE t DROP s, DROP m;
DROP TYPE span;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN m;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN s;
-- finding: drops_type transformable
DROP TYPE dw__app__public.span;
