-- A partition's index that one of the whole has taken in becomes the partition's key, and the other way round.

-- before
CREATE TABLE p (id int NOT NULL, part text NOT NULL) PARTITION BY LIST (part);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('a');
CREATE TABLE p2 PARTITION OF p FOR VALUES IN ('b');
ALTER TABLE p2 ADD CONSTRAINT p2_key UNIQUE (part, id);
CREATE UNIQUE INDEX whole ON p (part, id);

-- rows
INSERT INTO p VALUES (1, 'a'), (2, 'b');

-- after
ALTER TABLE p1 ADD CONSTRAINT p1_key UNIQUE USING INDEX p1_part_id_idx;
ALTER TABLE p DETACH PARTITION p2;
ALTER TABLE p2 DROP CONSTRAINT p2_key;
CREATE UNIQUE INDEX p2_own ON p2 (part, id);
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN ('b');

-- plan
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p1;
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p2;
DROP INDEX dw__app__public.p1_part_id_idx;
ALTER TABLE dw__app__public.p2 DROP CONSTRAINT p2_key;
ALTER TABLE dw__app__public.p1 ADD CONSTRAINT p1_key UNIQUE (part, id);
CREATE UNIQUE INDEX p2_own ON dw__app__public.p2 USING btree (part, id);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p1 FOR VALUES IN ('a');
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p2 FOR VALUES IN ('b');
