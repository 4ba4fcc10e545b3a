-- A key column goes, and the foreign key that leads to it.
-- no way back: the foreign key misses the rows that went

-- before
CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE);
CREATE TABLE u (id int PRIMARY KEY, a int REFERENCES t (a));

-- rows
INSERT INTO t VALUES (1, 2);
INSERT INTO u VALUES (1, 2);

-- after
ALTER TABLE t DROP a CASCADE;

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.u DROP CONSTRAINT u_a_fkey;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_a_key;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN a;
