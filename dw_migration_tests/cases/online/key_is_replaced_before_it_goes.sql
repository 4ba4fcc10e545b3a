-- online

-- before
CREATE TABLE orders (id int NOT NULL, customer int NOT NULL, note text, CONSTRAINT orders_pkey PRIMARY KEY (id));
CREATE TABLE lines (id int PRIMARY KEY, "order" int NOT NULL);
ALTER TABLE orders ADD CONSTRAINT orders_note_key UNIQUE (note);

-- rows
INSERT INTO orders SELECT n, n % 7, 'note ' || n FROM generate_series(1, 50) n;
INSERT INTO lines SELECT n, n FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT orders_pkey PRIMARY KEY (customer, id);
ALTER TABLE orders DROP CONSTRAINT orders_note_key, ADD CONSTRAINT orders_note_key UNIQUE (note, id);

-- plan
CREATE UNIQUE INDEX CONCURRENTLY orders_note_key__new ON dw__app__public.orders USING btree (note, id);
-- commit
ALTER TABLE dw__app__public.orders DROP CONSTRAINT orders_note_key;
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_note_key UNIQUE USING INDEX orders_note_key__new;
-- commit
CREATE UNIQUE INDEX CONCURRENTLY orders_pkey__new ON dw__app__public.orders USING btree (customer, id);
-- commit
ALTER TABLE dw__app__public.orders DROP CONSTRAINT orders_pkey;
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey__new;
