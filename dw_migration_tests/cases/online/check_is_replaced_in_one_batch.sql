-- online

-- before
CREATE TABLE orders (id int PRIMARY KEY, total int, note text, CONSTRAINT orders_total CHECK (total > 0));

-- rows
INSERT INTO orders SELECT n, n, 'note ' || n FROM generate_series(1, 50) n;

-- after
ALTER TABLE orders DROP CONSTRAINT orders_total, ADD CONSTRAINT orders_total CHECK (total >= 0);
CREATE INDEX orders_note_idx ON orders (note);
ALTER TABLE orders ALTER COLUMN note SET NOT NULL;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.orders ADD CONSTRAINT note__not_null CHECK (note IS NOT NULL) NOT VALID;
-- commit
ALTER TABLE dw__app__public.orders VALIDATE CONSTRAINT note__not_null;
-- commit
ALTER TABLE dw__app__public.orders ALTER COLUMN note SET NOT NULL;
ALTER TABLE dw__app__public.orders DROP CONSTRAINT note__not_null;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.orders DROP CONSTRAINT orders_total;
ALTER TABLE dw__app__public.orders ADD CONSTRAINT orders_total CHECK ((total >= 0)) NOT VALID;
-- commit
ALTER TABLE dw__app__public.orders VALIDATE CONSTRAINT orders_total;
-- commit
CREATE INDEX CONCURRENTLY orders_note_idx ON dw__app__public.orders USING btree (note);
