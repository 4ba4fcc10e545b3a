-- Two unlike tables exchange their names: the name wins.
-- rows differ: they do not follow the exchange

-- before
CREATE TABLE a (id int PRIMARY KEY, x int, z text);
CREATE TABLE b (id int PRIMARY KEY, y int, z text);

-- rows
INSERT INTO a VALUES (1, 1, 'a');
INSERT INTO b VALUES (2, 2, 'b');

-- after
ALTER TABLE a RENAME TO c;
ALTER TABLE b RENAME TO a;
ALTER TABLE c RENAME TO b;
