-- A check comes.

-- before
CREATE DOMAIN positive AS int;
CREATE TABLE t (a positive, b positive[]);

-- rows
INSERT INTO t VALUES (1, NULL);

-- after
ALTER DOMAIN positive ADD CONSTRAINT is_positive CHECK (VALUE > 0);
