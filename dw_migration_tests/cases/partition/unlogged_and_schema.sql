-- A partition in another schema than its whole, which is unlogged and has a check of its own.

-- before
CREATE SCHEMA arc;
CREATE TABLE p (id int) PARTITION BY LIST (id);
CREATE UNLOGGED TABLE arc."P 1" PARTITION OF p FOR VALUES IN (1);
ALTER TABLE arc."P 1" ADD CONSTRAINT "My Check" CHECK (id = 1);

-- after
ALTER TABLE arc."P 1" SET LOGGED;
ALTER TABLE arc."P 1" DROP CONSTRAINT "My Check";
CREATE INDEX ON p (id);

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__arc."p 1" DROP CONSTRAINT "my check";
ALTER TABLE dw__app__arc."p 1" SET LOGGED;
CREATE INDEX "p 1_id_idx" ON dw__app__arc."p 1" USING btree (id);
CREATE INDEX p_id_idx ON dw__app__public.p USING btree (id);
