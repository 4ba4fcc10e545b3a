-- A cast of a type that gets another name, and labels in another order under it.

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (mood AS int) WITH FUNCTION f(mood);
CREATE TABLE t (m mood);

-- rows
INSERT INTO t VALUES ('sad');

-- after
ALTER TYPE mood RENAME TO humour;

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.mood RENAME TO humour;
