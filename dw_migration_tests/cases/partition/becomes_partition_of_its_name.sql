-- A table is put aside, a partitioned one takes its name, and it becomes a partition of that: rows go with it.

-- before
CREATE TABLE orders (id int PRIMARY KEY, at date);

-- rows
INSERT INTO orders VALUES (1, '2024-05-05');

-- after
ALTER TABLE orders RENAME TO orders_old;
CREATE TABLE orders (id int, at date) PARTITION BY LIST (id);
ALTER TABLE orders ATTACH PARTITION orders_old DEFAULT;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.orders RENAME TO orders_old;
CREATE TABLE dw__app__public.orders (
    id integer,
    at date
) PARTITION BY LIST (id);
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.orders ATTACH PARTITION dw__app__public.orders_old DEFAULT;
