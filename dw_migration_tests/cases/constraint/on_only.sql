-- A key of a partitioned table alone, which is not valid while partitions have none.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE ONLY p ADD CONSTRAINT becomes_whole UNIQUE (id, at);
CREATE UNIQUE INDEX p1_both ON p1 (id, at);

-- rows
INSERT INTO p VALUES (1, '2024-05-05');

-- after
ALTER TABLE p1 ADD CONSTRAINT p1_both UNIQUE USING INDEX p1_both;
ALTER INDEX becomes_whole ATTACH PARTITION p1_both;
ALTER TABLE ONLY p ADD CONSTRAINT fresh UNIQUE (at, id);

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.p1_both;
ALTER TABLE dw__app__public.p DROP CONSTRAINT becomes_whole;
-- finding: adds_key breaking
ALTER TABLE ONLY dw__app__public.p ADD CONSTRAINT fresh UNIQUE (at, id);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p1 ADD CONSTRAINT p1_both UNIQUE (id, at);
ALTER TABLE dw__app__public.p ADD CONSTRAINT becomes_whole UNIQUE (id, at);
