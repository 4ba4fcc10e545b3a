-- online

-- before
CREATE TABLE orders (id int PRIMARY KEY, customer int, "order" text);
CREATE TABLE empty (id int);

-- rows
INSERT INTO orders SELECT n, n % 7, 'note ' || n FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders ALTER COLUMN customer SET NOT NULL, ALTER COLUMN "order" SET NOT NULL;
ALTER TABLE orders ALTER COLUMN customer SET STATISTICS 500;
ALTER TABLE empty ALTER COLUMN id SET NOT NULL;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.empty ALTER COLUMN id SET NOT NULL;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.orders ADD CONSTRAINT customer__not_null CHECK (customer IS NOT NULL) NOT VALID;
-- commit
ALTER TABLE dw__app__public.orders VALIDATE CONSTRAINT customer__not_null;
-- commit
ALTER TABLE dw__app__public.orders ALTER COLUMN customer SET NOT NULL;
ALTER TABLE dw__app__public.orders DROP CONSTRAINT customer__not_null;
ALTER TABLE ONLY dw__app__public.orders ALTER COLUMN customer SET STATISTICS 500;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.orders ADD CONSTRAINT order__not_null CHECK ("order" IS NOT NULL) NOT VALID;
-- commit
ALTER TABLE dw__app__public.orders VALIDATE CONSTRAINT order__not_null;
-- commit
ALTER TABLE dw__app__public.orders ALTER COLUMN "order" SET NOT NULL;
ALTER TABLE dw__app__public.orders DROP CONSTRAINT order__not_null;
