-- online

-- before
CREATE TABLE orders (id int, customer int, note text, CONSTRAINT orders_pkey PRIMARY KEY (id));
CREATE TABLE lines (id int PRIMARY KEY, "order" int REFERENCES orders (id));

-- rows
INSERT INTO orders SELECT n, n % 7, 'note ' || n FROM generate_series(1, 50) n;
INSERT INTO lines SELECT n, n FROM generate_series(1, 50) n;

-- after
CREATE INDEX a_note_idx ON orders (note);
ALTER TABLE lines DROP CONSTRAINT lines_order_fkey;
ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT orders_pkey PRIMARY KEY (id) INCLUDE (customer);
ALTER TABLE lines ADD CONSTRAINT lines_order_fkey FOREIGN KEY ("order") REFERENCES orders (id);

-- plan
CREATE UNIQUE INDEX CONCURRENTLY orders_pkey__new ON dw__app__public.orders USING btree (id) INCLUDE (customer);
-- commit
ALTER TABLE dw__app__public.lines DROP CONSTRAINT lines_order_fkey;
ALTER TABLE dw__app__public.orders DROP CONSTRAINT orders_pkey;
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey__new;
ALTER TABLE dw__app__public.lines ADD CONSTRAINT lines_order_fkey FOREIGN KEY ("order") REFERENCES dw__app__public.orders (id) NOT VALID;
-- commit
ALTER TABLE dw__app__public.lines VALIDATE CONSTRAINT lines_order_fkey;
-- commit
CREATE INDEX CONCURRENTLY a_note_idx ON dw__app__public.orders USING btree (note);
