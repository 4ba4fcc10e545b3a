-- online

-- before
CREATE TABLE orders (id int, customer int NOT NULL, note text);

-- rows
INSERT INTO orders SELECT n, n % 7, 'note ' || n FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders ADD PRIMARY KEY (id) INCLUDE (customer) WITH (fillfactor = 70);
ALTER TABLE orders ADD CONSTRAINT "Notes" UNIQUE (note, customer) DEFERRABLE INITIALLY DEFERRED;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.orders ADD CONSTRAINT id__not_null CHECK (id IS NOT NULL) NOT VALID;
-- commit
ALTER TABLE dw__app__public.orders VALIDATE CONSTRAINT id__not_null;
-- commit
ALTER TABLE dw__app__public.orders ALTER COLUMN id SET NOT NULL;
ALTER TABLE dw__app__public.orders DROP CONSTRAINT id__not_null;
-- finding: adds_key breaking
-- commit
CREATE UNIQUE INDEX CONCURRENTLY notes ON dw__app__public.orders USING btree (note, customer);
-- commit
ALTER TABLE dw__app__public.orders ADD CONSTRAINT notes UNIQUE USING INDEX notes DEFERRABLE INITIALLY DEFERRED;
-- finding: adds_key breaking
-- commit
CREATE UNIQUE INDEX CONCURRENTLY orders_pkey ON dw__app__public.orders USING btree (id) INCLUDE (customer) WITH (fillfactor='70');
-- commit
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey;
