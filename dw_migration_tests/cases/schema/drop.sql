-- A dropped schema takes its tables along, one by one and never by CASCADE.

-- before
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id serial PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, i int REFERENCES billing.invoices);

-- rows
INSERT INTO t VALUES (1, NULL);

-- after
DROP SCHEMA billing CASCADE;
