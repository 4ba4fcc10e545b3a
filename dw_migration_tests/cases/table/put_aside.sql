-- A table is put aside under another name, and a new one stands under its name: the name wins.
-- rows differ: they do not follow

-- before
CREATE TABLE orders (id int PRIMARY KEY, x int);
CREATE TABLE other (id int PRIMARY KEY);

-- rows
INSERT INTO orders VALUES (1, 1);

-- after
ALTER TABLE orders RENAME TO orders_old;
ALTER INDEX orders_pkey RENAME TO orders_old_pkey;
CREATE TABLE orders (id bigint PRIMARY KEY, x int);

-- plan
-- finding: keeps_rows_by_name breaking
CREATE TABLE dw__app__public.orders_old (
    id integer CONSTRAINT orders_id_not_null NOT NULL,
    x integer,
    CONSTRAINT orders_old_pkey PRIMARY KEY (id)
);
-- finding: changes_type transformable
ALTER TABLE dw__app__public.orders ALTER COLUMN id TYPE bigint;
