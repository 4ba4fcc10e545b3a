-- counts: 1 values come more than once
-- refused: 23505
-- harmless: safe

-- before
CREATE TABLE t (a int, b text);

-- after
ALTER TABLE t ADD UNIQUE (b, a);

-- rows that break it
INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, 'y');

-- rows that do not
INSERT INTO t VALUES (1, 'x'), (2, 'x'), (NULL, 'x'), (NULL, 'x');
