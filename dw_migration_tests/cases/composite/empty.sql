-- A composite type without attributes gets one.

-- before
CREATE TYPE nothing AS ();
CREATE TABLE t (id int);

-- after
ALTER TYPE nothing ADD ATTRIBUTE a int;

-- plan
-- finding: alters transformable
ALTER TYPE dw__app__public.nothing ADD ATTRIBUTE a integer;
