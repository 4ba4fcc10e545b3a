-- online

-- before
CREATE TABLE orders (id int PRIMARY KEY, customer int, note text, CONSTRAINT orders_key UNIQUE (customer));

-- rows
INSERT INTO orders SELECT n, n, 'note ' || n FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders DROP CONSTRAINT orders_key;
ALTER TABLE orders ALTER COLUMN customer TYPE text, ALTER COLUMN note SET NOT NULL;
ALTER TABLE orders ADD CONSTRAINT orders_key UNIQUE (customer, id);
CREATE INDEX orders_note_idx ON orders (note);

-- plan
ALTER TABLE dw__app__public.orders DROP CONSTRAINT orders_key;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.orders ALTER COLUMN customer TYPE text;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.orders ALTER COLUMN note SET NOT NULL;
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_key UNIQUE (customer, id);
-- commit
CREATE INDEX CONCURRENTLY orders_note_idx ON dw__app__public.orders USING btree (note);
