-- Statistics targets and options are each table's own: those of the whole reach no partition that comes later.

-- before
CREATE TABLE t (id int, n int, m int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF t FOR VALUES FROM (1) TO (9);
ALTER TABLE t ALTER n SET STATISTICS 77;
CREATE TABLE other PARTITION OF t DEFAULT;
ALTER TABLE other ALTER n SET (n_distinct = 5);

-- after
ALTER TABLE t ALTER m SET STATISTICS 7;
ALTER TABLE other ALTER n RESET (n_distinct);
ALTER TABLE t DETACH PARTITION part;

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.t DETACH PARTITION dw__app__public.part;
ALTER TABLE ONLY dw__app__public.other ALTER COLUMN n RESET (n_distinct);
ALTER TABLE ONLY dw__app__public.part ALTER COLUMN m SET STATISTICS 7;
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN m SET STATISTICS 7;
ALTER TABLE ONLY dw__app__public.other ALTER COLUMN m SET STATISTICS 7;
