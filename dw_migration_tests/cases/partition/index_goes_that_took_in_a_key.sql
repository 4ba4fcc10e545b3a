-- A key that only a partition has, and whose index one of the whole has taken in, stays when that one goes.

-- before
CREATE TABLE p (id int NOT NULL, part text NOT NULL, note text) PARTITION BY LIST (part);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('a');
CREATE TABLE p2 PARTITION OF p FOR VALUES IN ('b') PARTITION BY LIST (part);
CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN ('b');
CREATE UNIQUE INDEX p1_id ON p1 (part, id);
ALTER TABLE p1 ADD CONSTRAINT p1_key UNIQUE USING INDEX p1_id;
ALTER TABLE p21 ADD CONSTRAINT p21_key PRIMARY KEY (part, id);
CREATE UNIQUE INDEX whole ON p (part, id);

-- rows
INSERT INTO p VALUES (1, 'a', 'x'), (2, 'b', 'y');

-- after
ALTER TABLE p DETACH PARTITION p1;
ALTER TABLE p2 DETACH PARTITION p21;
DROP INDEX whole;
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN ('a');
ALTER TABLE p2 ATTACH PARTITION p21 FOR VALUES IN ('b');
ALTER TABLE p ALTER COLUMN note TYPE varchar(20);

-- plan
ALTER TABLE dw__app__public.p DETACH PARTITION dw__app__public.p1;
ALTER TABLE dw__app__public.p2 DETACH PARTITION dw__app__public.p21;
DROP INDEX dw__app__public.whole;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.p ALTER COLUMN note TYPE character varying(20);
-- finding: changes_type breaking
ALTER TABLE dw__app__public.p1 ALTER COLUMN note TYPE character varying(20);
-- finding: changes_type breaking
ALTER TABLE dw__app__public.p21 ALTER COLUMN note TYPE character varying(20);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p1 FOR VALUES IN ('a');
ALTER TABLE ONLY dw__app__public.p2 ATTACH PARTITION dw__app__public.p21 FOR VALUES IN ('b');
