-- An extension comes with the first object that stands on it.

-- before
CREATE EXTENSION citext;
CREATE TABLE t (id int PRIMARY KEY);

-- after
ALTER TABLE t ADD email citext UNIQUE;
