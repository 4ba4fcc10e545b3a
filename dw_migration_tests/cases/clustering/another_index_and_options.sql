-- The way down: the mark leaves the index before that goes, whatever becomes of the table.

-- before
CREATE TABLE t (a integer[] NOT NULL, b inet UNIQUE, c int NOT NULL);
CREATE UNIQUE INDEX u ON t (c);
ALTER TABLE t CLUSTER ON t_b_key;
ALTER TABLE t REPLICA IDENTITY USING INDEX u;

-- after
CREATE INDEX ON t (a);
CREATE UNIQUE INDEX v ON t (c);
ALTER TABLE t SET (autovacuum_enabled = true, fillfactor = 83);
ALTER TABLE t CLUSTER ON t_a_idx;
ALTER TABLE t REPLICA IDENTITY USING INDEX v;

-- plan
ALTER TABLE dw__app__public.t SET (autovacuum_enabled='true', fillfactor='83');
CREATE INDEX t_a_idx ON dw__app__public.t USING btree (a);
-- finding: adds_key breaking
CREATE UNIQUE INDEX v ON dw__app__public.t USING btree (c);
ALTER TABLE dw__app__public.t CLUSTER ON t_a_idx;
ALTER TABLE dw__app__public.t REPLICA IDENTITY USING INDEX v;
