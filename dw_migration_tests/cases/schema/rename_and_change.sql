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

-- plan
-- finding: renames transformable
ALTER SCHEMA dw__app__billing RENAME TO dw__app__finance;
-- finding: renames transformable
ALTER TABLE dw__app__finance.invoices RENAME TO bills;
-- finding: renames transformable
ALTER TABLE dw__app__finance.bills RENAME COLUMN amount TO total;
ALTER TABLE dw__app__finance.bills ADD COLUMN note text;
-- finding: changes_type transformable
ALTER TABLE dw__app__finance.bills ALTER COLUMN total TYPE bigint;
