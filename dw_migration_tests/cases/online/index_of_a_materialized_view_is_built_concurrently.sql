-- online

-- before
CREATE TABLE orders (id int PRIMARY KEY, customer int);
CREATE MATERIALIZED VIEW totals AS SELECT customer, count(*) AS n FROM orders GROUP BY customer;

-- rows
INSERT INTO orders SELECT n, n % 7 FROM generate_series(1, 50) n;

-- target
REFRESH MATERIALIZED VIEW dw__app__public.totals;

-- after
CREATE INDEX totals_n_idx ON totals (n);

-- plan
CREATE INDEX CONCURRENTLY totals_n_idx ON dw__app__public.totals USING btree (n);
