-- counts: 1 rows leave the whole
-- readers: other rows
-- harmless: transformable

-- before
CREATE TABLE t (a int); CREATE TABLE heir () INHERITS (t);

-- after
ALTER TABLE heir NO INHERIT t;

-- rows that break it
INSERT INTO heir VALUES (1);

-- rows that do not


-- read
SELECT * FROM t;
