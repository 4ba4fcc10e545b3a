-- online

-- before
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, note text UNIQUE);
CREATE INDEX orders_customer_idx ON orders (customer);
CREATE UNIQUE INDEX orders_both_idx ON orders (customer, id);

-- rows
INSERT INTO orders SELECT n, n % 7, 'note ' || n FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders ALTER COLUMN customer TYPE text;

-- plan
DROP INDEX dw__app__public.orders_both_idx;
DROP INDEX dw__app__public.orders_customer_idx;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.orders ALTER COLUMN customer TYPE text;
CREATE UNIQUE INDEX orders_both_idx ON dw__app__public.orders USING btree (customer, id);
-- commit
CREATE INDEX CONCURRENTLY orders_customer_idx ON dw__app__public.orders USING btree (customer);
