-- An exclusion constraint on operators that an extension brings.

-- before
CREATE EXTENSION btree_gist;
CREATE TABLE t (room int, during tsrange);

-- rows
INSERT INTO t VALUES (1, '[2020-01-01,2020-01-02)');

-- after
ALTER TABLE t ADD CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&);

-- plan
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
-- finding: adds_exclusion breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&);
