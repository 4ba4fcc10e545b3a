-- A check goes.

-- before
CREATE DOMAIN positive AS int CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE TABLE t (a positive);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER DOMAIN positive DROP CONSTRAINT is_positive;

-- plan
-- finding: drops_constraint transformable
ALTER DOMAIN dw__app__public.positive DROP CONSTRAINT is_positive;
