-- A domain goes with its last column.
-- loses: t.n

-- before
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE t (id int PRIMARY KEY, n positive);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP n;
DROP DOMAIN positive;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN n;
-- finding: drops_type transformable
DROP DOMAIN dw__app__public.positive;
