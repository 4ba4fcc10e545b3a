-- A renamed schema keeps its tables and their rows.

-- before
CREATE SCHEMA billing;
CREATE TYPE billing.state AS ENUM ('open', 'paid');
CREATE TABLE billing.invoices (id serial PRIMARY KEY, state billing.state DEFAULT 'open');
CREATE TABLE t (id int PRIMARY KEY, i int REFERENCES billing.invoices);

-- rows
INSERT INTO billing.invoices VALUES (7, 'paid');
INSERT INTO t VALUES (1, 7);

-- after
ALTER SCHEMA billing RENAME TO finance;

-- plan
-- finding: renames transformable
ALTER SCHEMA dw__app__billing RENAME TO dw__app__finance;
