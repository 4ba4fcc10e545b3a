-- A table moves to another schema with its rows.

-- before
CREATE SCHEMA archive;
CREATE TABLE a (id serial PRIMARY KEY, x int);
CREATE INDEX a_x ON a (x);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);

-- rows
INSERT INTO a VALUES (1, 2);
INSERT INTO b VALUES (1, 1);

-- after
ALTER TABLE a SET SCHEMA archive;
