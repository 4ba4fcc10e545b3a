-- A renamed domain keeps its columns and checks.

-- before
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE t (id int PRIMARY KEY, n positive);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER DOMAIN positive RENAME TO amount;
ALTER DOMAIN amount RENAME CONSTRAINT positive_check TO amount_check;

-- plan
-- finding: renames transformable
ALTER DOMAIN dw__app__public.positive RENAME TO amount;
ALTER DOMAIN dw__app__public.amount RENAME CONSTRAINT positive_check TO amount_check;
