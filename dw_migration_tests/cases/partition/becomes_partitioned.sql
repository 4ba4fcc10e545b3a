-- A plain table whose name a partitioned one takes cannot become it in place.

-- before
CREATE TABLE p (id int, at date);

-- rows
INSERT INTO p VALUES (1, '2024-05-05');

-- after
DROP TABLE p;
CREATE TABLE p (id int, at date) PARTITION BY RANGE (at);

-- error
Unsupported: table dw__app__public.p turns from a plain table into PARTITION BY RANGE (at): PostgreSQL cannot do that in place, and a new table would be without the rows. Rename the table in the target by a hand-written revision, plan and apply, then move its rows into the new one; or have it as one plain table, with objects.partitions: flatten
