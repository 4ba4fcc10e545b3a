-- An enum without labels.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE TYPE nothing AS ENUM ();

-- plan
CREATE TYPE dw__app__public.nothing AS ENUM ();
