-- online
-- loses: orders.gone

-- before
CREATE TABLE orders (id int PRIMARY KEY, customer int, note text, gone int, CONSTRAINT orders_key UNIQUE (note));
CREATE INDEX orders_note_idx ON orders (note);

-- rows
INSERT INTO orders SELECT n, n % 7, 'note ' || n, n FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders DROP CONSTRAINT orders_key, ADD CONSTRAINT orders_key UNIQUE (note) INCLUDE (customer);
ALTER TABLE orders DROP COLUMN gone, ALTER COLUMN customer SET NOT NULL;
DROP INDEX orders_note_idx;
CREATE INDEX orders_note_idx ON orders (note, id);

-- plan
-- finding: drops_column breaking
ALTER TABLE dw__app__public.orders DROP COLUMN gone;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.orders ADD CONSTRAINT customer__not_null CHECK (customer IS NOT NULL) NOT VALID;
-- commit
ALTER TABLE dw__app__public.orders VALIDATE CONSTRAINT customer__not_null;
-- commit
ALTER TABLE dw__app__public.orders ALTER COLUMN customer SET NOT NULL;
ALTER TABLE dw__app__public.orders DROP CONSTRAINT customer__not_null;
-- commit
CREATE UNIQUE INDEX CONCURRENTLY orders_key__new ON dw__app__public.orders USING btree (note) INCLUDE (customer);
-- commit
ALTER TABLE dw__app__public.orders DROP CONSTRAINT orders_key;
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_key UNIQUE USING INDEX orders_key__new;
-- finding: alters transformable
-- commit
CREATE INDEX CONCURRENTLY orders_note_idx__new ON dw__app__public.orders USING btree (note, id);
-- commit
DROP INDEX CONCURRENTLY dw__app__public.orders_note_idx;
-- commit
ALTER INDEX dw__app__public.orders_note_idx__new RENAME TO orders_note_idx;
