-- A check that the target's server writes in another way is no change.
-- spelt otherwise: IN-lists on varchar

-- before
CREATE TABLE t (a varchar(5) CHECK (a IN ('x', 'y')), b varchar(5) DEFAULT 'x');

-- rows
INSERT INTO t VALUES ('x');

-- after
ALTER TABLE t ADD c int;

-- plan
ALTER TABLE dw__app__public.t ADD COLUMN c integer;
