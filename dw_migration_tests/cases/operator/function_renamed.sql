-- Its function gets another name: operator, cast and view stay as they are.

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION f(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2';
CREATE FUNCTION g(mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE OPERATOR <<< (FUNCTION = f, LEFTARG = int, RIGHTARG = int);
CREATE CAST (mood AS int) WITH FUNCTION g(mood);
CREATE TABLE t (a int CHECK (a <<< 5), m mood);
CREATE VIEW v AS SELECT a FROM t WHERE a <<< m::int;

-- rows
INSERT INTO t VALUES (1, 'sad');

-- after
ALTER FUNCTION f RENAME TO less;
ALTER FUNCTION g RENAME TO level;

-- plan
-- finding: renames transformable
ALTER FUNCTION dw__app__public.f(integer, integer) RENAME TO less;
-- finding: renames transformable
ALTER FUNCTION dw__app__public.g(dw__app__public.mood) RENAME TO level;
