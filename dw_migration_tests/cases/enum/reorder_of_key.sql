-- A key of an enum, and a foreign key to it, stand in the way of a new order.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (mood mood PRIMARY KEY);
CREATE TABLE u (id int PRIMARY KEY, mood mood REFERENCES t);

-- rows
INSERT INTO t VALUES ('ok');
INSERT INTO u VALUES (1, 'ok');

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';
