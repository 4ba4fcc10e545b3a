-- A partition that is partitioned by a column which came with it.

-- before
CREATE TABLE t (id int, at date) PARTITION BY LIST (at);

-- after
ALTER TABLE t ADD n int;
CREATE TABLE part PARTITION OF t DEFAULT PARTITION BY RANGE (n);

-- plan
ALTER TABLE dw__app__public.t ADD COLUMN n integer;
CREATE TABLE dw__app__public.part (
    LIKE dw__app__public.t INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
) PARTITION BY RANGE (n);
ALTER TABLE ONLY dw__app__public.t ATTACH PARTITION dw__app__public.part DEFAULT;
