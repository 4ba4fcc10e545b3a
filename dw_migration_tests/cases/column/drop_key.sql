-- A key column goes, and the foreign key that leads to it.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE);
CREATE TABLE u (id int PRIMARY KEY, a int REFERENCES t (a));

-- rows
INSERT INTO t VALUES (1, 2);
INSERT INTO u VALUES (1, 2);

-- after
ALTER TABLE t DROP a CASCADE;
