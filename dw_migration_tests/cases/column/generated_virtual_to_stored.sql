-- A virtual column becomes a stored one.
-- needs: 18

-- before
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t DROP b;
ALTER TABLE t ADD b int GENERATED ALWAYS AS (a * 2) STORED;

-- plan
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t DROP COLUMN b;
ALTER TABLE dw__app__public.t ADD COLUMN b integer GENERATED ALWAYS AS ((a * 2)) STORED;
