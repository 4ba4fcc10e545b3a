-- A check comes.

-- before
CREATE DOMAIN positive AS int;
CREATE TABLE t (a positive);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER DOMAIN positive ADD CONSTRAINT is_positive CHECK (VALUE > 0);

-- plan
-- finding: adds_check breaking
ALTER DOMAIN dw__app__public.positive ADD CONSTRAINT is_positive CHECK ((VALUE > 0));
