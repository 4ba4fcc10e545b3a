-- online

-- before
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, note text);
CREATE INDEX orders_customer_idx ON orders (customer);
CREATE UNIQUE INDEX orders_note_idx ON orders (note);

-- rows
INSERT INTO orders SELECT n, n % 7, 'note ' || n FROM generate_series(1, 50) n;

-- after
DROP INDEX orders_customer_idx, orders_note_idx;
CREATE INDEX orders_customer_idx ON orders (customer, id);
CREATE UNIQUE INDEX orders_note_idx ON orders (note DESC);

-- plan
-- finding: alters transformable
CREATE INDEX CONCURRENTLY orders_customer_idx__new ON dw__app__public.orders USING btree (customer, id);
-- commit
DROP INDEX CONCURRENTLY dw__app__public.orders_customer_idx;
-- commit
ALTER INDEX dw__app__public.orders_customer_idx__new RENAME TO orders_customer_idx;
-- finding: adds_key breaking
-- finding: alters transformable
-- commit
CREATE UNIQUE INDEX CONCURRENTLY orders_note_idx__new ON dw__app__public.orders USING btree (note DESC);
-- commit
DROP INDEX CONCURRENTLY dw__app__public.orders_note_idx;
-- commit
ALTER INDEX dw__app__public.orders_note_idx__new RENAME TO orders_note_idx;
