-- A partitioned table cannot become a plain one in place.

-- before
CREATE TABLE p (id int NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_note ON p (note);

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');

-- after
DROP TABLE p;
CREATE TABLE p (id int, at date);

-- error
Unsupported: table dw__app__public.p turns from PARTITION BY RANGE (at) into a plain table: PostgreSQL cannot do that in place, and a new table would be without the rows. Rename the table in the target by a hand-written revision, plan and apply, then move its rows into the new one; or have it as one plain table, with objects.partitions: flatten
