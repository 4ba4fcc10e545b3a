-- A table goes to which a foreign key leads.

-- before
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);

-- rows
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (1, 1);

-- after
DROP TABLE a CASCADE;
