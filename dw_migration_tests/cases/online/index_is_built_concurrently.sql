-- online

-- before
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, note text);
CREATE TABLE empty (id int);

-- rows
INSERT INTO orders SELECT n, n % 7, 'note ' || n FROM generate_series(1, 50) n;

-- after
CREATE INDEX orders_customer_idx ON orders (customer) WHERE note IS NOT NULL;
CREATE INDEX orders_note_idx ON orders (lower(note));
ALTER INDEX orders_note_idx ALTER COLUMN 1 SET STATISTICS 500;
CREATE INDEX empty_id_idx ON empty (id);

-- plan
CREATE INDEX empty_id_idx ON dw__app__public.empty USING btree (id);
-- commit
CREATE INDEX CONCURRENTLY orders_customer_idx ON dw__app__public.orders USING btree (customer) WHERE (note IS NOT NULL);
-- commit
CREATE INDEX CONCURRENTLY orders_note_idx ON dw__app__public.orders USING btree (lower(note));
-- commit
ALTER INDEX dw__app__public.orders_note_idx ALTER COLUMN 1 SET STATISTICS 500;
