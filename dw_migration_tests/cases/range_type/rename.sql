-- A range type gets another name; its multirange type keeps its own.

-- before
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE t (id int PRIMARY KEY, s span, m span_multirange);

-- rows
INSERT INTO t VALUES (1, '[1,2)', '{[1,2)}');

-- after
ALTER TYPE span RENAME TO "Stretch";

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.span RENAME TO stretch;
