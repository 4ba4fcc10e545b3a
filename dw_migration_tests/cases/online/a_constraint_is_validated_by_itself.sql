-- online

-- before
CREATE TABLE orders (id int PRIMARY KEY, price int);
ALTER TABLE orders ADD CONSTRAINT orders_price_check CHECK (price > 0) NOT VALID;

-- rows
INSERT INTO orders SELECT n, n FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders VALIDATE CONSTRAINT orders_price_check;

-- plan
ALTER TABLE dw__app__public.orders ADD COLUMN note text;
-- finding: adds_check breaking
-- commit
ALTER TABLE dw__app__public.orders VALIDATE CONSTRAINT orders_price_check;
