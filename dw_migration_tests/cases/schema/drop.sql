-- A dropped schema takes its tables along, one by one and never by CASCADE.

-- before
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id serial PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, i int REFERENCES billing.invoices);

-- rows
INSERT INTO t VALUES (1, NULL);

-- after
DROP SCHEMA billing CASCADE;

-- plan
ALTER SEQUENCE dw__app__billing.invoices_id_seq OWNED BY NONE;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_i_fkey;
-- finding: drops_table breaking
DROP TABLE dw__app__billing.invoices;
-- finding: drops_type transformable
DROP SEQUENCE dw__app__billing.invoices_id_seq;
DROP SCHEMA dw__app__billing;
