-- Objects of a renamed schema change in the same step.

-- before
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id serial PRIMARY KEY, amount int);

-- rows
INSERT INTO billing.invoices VALUES (7, 12);

-- after
ALTER SCHEMA billing RENAME TO finance;
ALTER TABLE finance.invoices RENAME TO bills;
ALTER TABLE finance.bills RENAME amount TO total;
ALTER TABLE finance.bills ALTER total TYPE bigint;
ALTER TABLE finance.bills ADD note text;
