-- A table with the foreign key of the whole keeps it when it is attached.

-- before
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE p (id int, a int REFERENCES a) PARTITION BY LIST (id);
CREATE TABLE q (id int, a int CONSTRAINT my_own REFERENCES a);

-- rows
INSERT INTO a VALUES (1);
INSERT INTO q VALUES (1, 1);

-- after
ALTER TABLE p ATTACH PARTITION q FOR VALUES IN (1, 2, NULL);

-- plan
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.q FOR VALUES IN (1, 2, NULL);
