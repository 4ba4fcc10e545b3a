-- An index of a partitioned table alone, which is not valid while partitions have none.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE UNIQUE INDEX becomes_whole ON ONLY p (id, at);
CREATE INDEX becomes_only ON p (id);

-- rows
INSERT INTO p VALUES (1, '2024-05-05');

-- after
DROP INDEX becomes_only;
CREATE INDEX becomes_only ON ONLY p (id);
CREATE INDEX fresh ON ONLY p (at, id);
DROP INDEX becomes_whole;
ALTER TABLE p ADD CONSTRAINT becomes_whole UNIQUE (id, at);

-- plan
DROP INDEX dw__app__public.becomes_only;
-- finding: drops_index transformable
DROP INDEX dw__app__public.becomes_whole;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p1 ADD CONSTRAINT p1_id_at_key UNIQUE (id, at);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT becomes_whole UNIQUE (id, at);
CREATE INDEX becomes_only ON ONLY dw__app__public.p USING btree (id);
CREATE INDEX fresh ON ONLY dw__app__public.p USING btree (at, id);
