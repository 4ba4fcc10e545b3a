-- Two schemas that exchange their names keep what stands under each name.

-- before
CREATE SCHEMA one;
CREATE SCHEMA two;
CREATE TABLE one.t (a int);
CREATE TABLE two.t (b int);

-- after
ALTER SCHEMA one RENAME TO three;
ALTER SCHEMA two RENAME TO one;
ALTER SCHEMA three RENAME TO two;

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__one.t DROP COLUMN a;
-- finding: drops_column breaking
ALTER TABLE dw__app__two.t DROP COLUMN b;
ALTER TABLE dw__app__one.t ADD COLUMN b integer;
ALTER TABLE dw__app__two.t ADD COLUMN a integer;
-- finding: keeps_rows_by_name breaking
-- finding: keeps_rows_by_name breaking
