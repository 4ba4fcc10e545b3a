-- A column that was dropped and added again is another one, although nothing shows.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 1);
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP a;
ALTER TABLE t ADD a int DEFAULT 1;
CREATE INDEX t_a ON t (a);
