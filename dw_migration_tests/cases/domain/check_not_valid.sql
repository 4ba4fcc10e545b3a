-- A check that old rows need not pass, later proven.

-- before
CREATE DOMAIN positive AS int;
ALTER DOMAIN positive ADD CONSTRAINT is_positive CHECK (VALUE > 0) NOT VALID;
CREATE TABLE t (a positive);

-- rows
INSERT INTO t VALUES (5);

-- after
ALTER DOMAIN positive VALIDATE CONSTRAINT is_positive;

-- plan
-- finding: adds_check breaking
ALTER DOMAIN dw__app__public.positive VALIDATE CONSTRAINT is_positive;
