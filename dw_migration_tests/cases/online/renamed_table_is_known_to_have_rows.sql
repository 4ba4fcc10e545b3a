-- online

-- before
CREATE TABLE orders (id int PRIMARY KEY, customer int);

-- rows
INSERT INTO orders SELECT n, n % 7 FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders RENAME TO purchases;
CREATE INDEX purchases_customer_idx ON purchases (customer);
ALTER TABLE purchases ADD CONSTRAINT positive CHECK (id > 0);

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.orders RENAME TO purchases;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.purchases ADD CONSTRAINT positive CHECK ((id > 0)) NOT VALID;
-- commit
ALTER TABLE dw__app__public.purchases VALIDATE CONSTRAINT positive;
-- commit
CREATE INDEX CONCURRENTLY purchases_customer_idx ON dw__app__public.purchases USING btree (customer);
