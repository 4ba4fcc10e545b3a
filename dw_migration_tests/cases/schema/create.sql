-- A second schema of the application becomes a second schema of the target.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id int PRIMARY KEY, t int REFERENCES t);
