-- The first label of an enum that has none.

-- before
CREATE TYPE mood AS ENUM ();
CREATE TABLE t (id int PRIMARY KEY, mood mood);

-- after
ALTER TYPE mood ADD VALUE 'a';
ALTER TYPE mood ADD VALUE 'b';
