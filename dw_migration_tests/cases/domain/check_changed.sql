-- A check becomes another of the same name.

-- before
CREATE DOMAIN positive AS int CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE TABLE t (a positive);

-- rows
INSERT INTO t VALUES (5);

-- after
ALTER DOMAIN positive DROP CONSTRAINT is_positive;
ALTER DOMAIN positive ADD CONSTRAINT is_positive CHECK (VALUE > 1);

-- plan
ALTER DOMAIN dw__app__public.positive DROP CONSTRAINT is_positive;
-- finding: adds_check breaking
ALTER DOMAIN dw__app__public.positive ADD CONSTRAINT is_positive CHECK ((VALUE > 1));
