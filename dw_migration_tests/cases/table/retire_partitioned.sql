-- A partitioned table goes aside with its partitions; so does one partition alone.
-- drops retired

-- before
CREATE TABLE k (id int PRIMARY KEY);
CREATE TABLE p (id int, k int REFERENCES k, d date NOT NULL, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX ON p (k);
CREATE TABLE q (id int, k int REFERENCES k, d date NOT NULL, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
CREATE TABLE q1 PARTITION OF q FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE q2 PARTITION OF q FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX ON q (k);

-- rows
INSERT INTO k VALUES (1);
INSERT INTO p VALUES (1, 1, '2024-02-01'), (2, 1, '2025-02-01');
INSERT INTO q VALUES (1, 1, '2024-02-01'), (2, 1, '2025-02-01');

-- after
DROP TABLE p;
DROP TABLE q1;

-- plan
-- finding: drops_table transformable
CREATE SCHEMA IF NOT EXISTS dw_retired;
ALTER TABLE dw__app__public.p DROP CONSTRAINT p_k_fkey;
ALTER INDEX dw__app__public.p_pkey RENAME TO dw__app__public__p_pkey__0123456789ab;
ALTER INDEX dw__app__public.p1_pkey RENAME TO dw__app__public__p1_pkey__0123456789ab;
ALTER INDEX dw__app__public.p2_pkey RENAME TO dw__app__public__p2_pkey__0123456789ab;
ALTER INDEX dw__app__public.p_k_idx RENAME TO dw__app__public__p_k_idx__0123456789ab;
ALTER INDEX dw__app__public.p1_k_idx RENAME TO dw__app__public__p1_k_idx__0123456789ab;
ALTER INDEX dw__app__public.p2_k_idx RENAME TO dw__app__public__p2_k_idx__0123456789ab;
ALTER TABLE dw__app__public.p RENAME TO dw__app__public__p__0123456789ab;
ALTER TABLE dw__app__public.dw__app__public__p__0123456789ab SET SCHEMA dw_retired;
ALTER TABLE dw__app__public.p1 RENAME TO dw__app__public__p1__0123456789ab;
ALTER TABLE dw__app__public.dw__app__public__p1__0123456789ab SET SCHEMA dw_retired;
ALTER TABLE dw__app__public.p2 RENAME TO dw__app__public__p2__0123456789ab;
ALTER TABLE dw__app__public.dw__app__public__p2__0123456789ab SET SCHEMA dw_retired;
-- finding: drops_table transformable
ALTER TABLE dw__app__public.q DETACH PARTITION dw__app__public.q1;
ALTER TABLE dw__app__public.q1 DROP CONSTRAINT q_k_fkey;
ALTER INDEX dw__app__public.q1_pkey RENAME TO dw__app__public__q1_pkey__0123456789ab;
ALTER INDEX dw__app__public.q1_k_idx RENAME TO dw__app__public__q1_k_idx__0123456789ab;
ALTER TABLE dw__app__public.q1 RENAME TO dw__app__public__q1__0123456789ab;
ALTER TABLE dw__app__public.dw__app__public__q1__0123456789ab SET SCHEMA dw_retired;
