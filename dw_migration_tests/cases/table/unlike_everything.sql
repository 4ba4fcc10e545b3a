-- Many things at once.
-- keeps: enum dw__app__public.state

-- before
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE customers (id serial PRIMARY KEY, name varchar(50) NOT NULL, email text UNIQUE);
CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, state state DEFAULT 'new', total numeric(10, 2), at timestamp DEFAULT now());
CREATE INDEX orders_state ON orders (state) WHERE state = 'new';

-- rows
INSERT INTO customers VALUES (1, 'a', 'b');
INSERT INTO orders VALUES (1, 1, 'done', 5, '2020-01-01');

-- after
ALTER TYPE state ADD VALUE 'paid' AFTER 'new';
ALTER TABLE customers ALTER id TYPE bigint, ALTER name TYPE text;
ALTER SEQUENCE customers_id_seq AS bigint;
ALTER TABLE customers RENAME email TO mail;
ALTER TABLE orders ALTER customer TYPE bigint, ALTER customer SET NOT NULL, ALTER at TYPE timestamptz, ALTER total TYPE numeric(12, 2);
ALTER TABLE orders RENAME TO purchases;
ALTER TABLE purchases ALTER state SET DEFAULT 'paid';
CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, purchase int NOT NULL REFERENCES purchases ON DELETE CASCADE);
CREATE INDEX items_purchase ON items (purchase);
DROP INDEX orders_state;
CREATE INDEX purchases_state ON purchases (state) WHERE state <> 'done';

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.orders RENAME TO purchases;
-- finding: renames transformable
ALTER TABLE dw__app__public.customers RENAME COLUMN email TO mail;
-- finding: drops_index transformable
DROP INDEX dw__app__public.orders_state;
ALTER TABLE dw__app__public.customers ALTER COLUMN id DROP DEFAULT;
ALTER TABLE dw__app__public.purchases ALTER COLUMN at DROP DEFAULT;
-- commit
ALTER TYPE dw__app__public.state ADD VALUE IF NOT EXISTS 'paid' AFTER 'new';
-- commit
ALTER SEQUENCE dw__app__public.customers_id_seq AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1 NO CYCLE;
CREATE TABLE dw__app__public.items (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    purchase integer NOT NULL,
    CONSTRAINT items_pkey PRIMARY KEY (id)
);
-- finding: changes_type transformable
ALTER TABLE dw__app__public.customers ALTER COLUMN id TYPE bigint;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.customers ALTER COLUMN name TYPE text;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.purchases ALTER COLUMN at TYPE timestamp with time zone;
-- finding: changes_type transformable
-- finding: requires_value breaking
ALTER TABLE dw__app__public.purchases ALTER COLUMN customer TYPE bigint;
ALTER TABLE dw__app__public.purchases ALTER COLUMN customer SET NOT NULL;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.purchases ALTER COLUMN total TYPE numeric(12,2);
ALTER TABLE dw__app__public.customers ALTER COLUMN id SET DEFAULT nextval('dw__app__public.customers_id_seq'::regclass);
ALTER TABLE dw__app__public.purchases ALTER COLUMN at SET DEFAULT now();
ALTER TABLE dw__app__public.purchases ALTER COLUMN state SET DEFAULT 'paid'::dw__app__public.state;
ALTER TABLE dw__app__public.items ADD CONSTRAINT items_purchase_fkey FOREIGN KEY (purchase) REFERENCES dw__app__public.purchases (id) ON DELETE CASCADE;
CREATE INDEX items_purchase ON dw__app__public.items USING btree (purchase);
CREATE INDEX purchases_state ON dw__app__public.purchases USING btree (state) WHERE (state <> 'done'::dw__app__public.state);
