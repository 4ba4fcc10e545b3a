-- online

-- before
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, customer int, price int);
CREATE TABLE empty (id int, customer int);

-- rows
INSERT INTO customers SELECT n FROM generate_series(1, 9) n;
INSERT INTO orders SELECT n, 1 + n % 7, n FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders ADD CONSTRAINT orders_price_check CHECK (price > 0);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES customers ON DELETE CASCADE;
ALTER TABLE orders ADD CONSTRAINT orders_later CHECK (price > 10) NOT VALID;
ALTER TABLE empty ADD CONSTRAINT empty_id_check CHECK (id > 0);
ALTER TABLE empty ADD CONSTRAINT empty_customer_fkey FOREIGN KEY (customer) REFERENCES customers;

-- plan
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.empty ADD CONSTRAINT empty_customer_fkey FOREIGN KEY (customer) REFERENCES dw__app__public.customers (id);
-- finding: adds_check breaking
ALTER TABLE dw__app__public.empty ADD CONSTRAINT empty_id_check CHECK ((id > 0));
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES dw__app__public.customers (id) ON DELETE CASCADE NOT VALID;
-- commit
ALTER TABLE dw__app__public.orders VALIDATE CONSTRAINT orders_customer_fkey;
-- commit
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_later CHECK ((price > 10)) NOT VALID;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_price_check CHECK ((price > 0)) NOT VALID;
-- commit
ALTER TABLE dw__app__public.orders VALIDATE CONSTRAINT orders_price_check;
