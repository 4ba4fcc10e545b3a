-- A renamed label is one that went and one that came.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, mood mood);

-- after
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
