-- A type gets another name while a function of the same name gets a third, and an index goes.

-- before
CREATE TYPE x AS ENUM ('one', 'two');
CREATE FUNCTION x(a x) RETURNS text LANGUAGE sql IMMUTABLE RETURN a::text;
CREATE TABLE t (id int PRIMARY KEY, a x DEFAULT 'one' CHECK (x(a) <> 'three' AND a <> 'two'::x));
CREATE INDEX x ON t (a);
CREATE VIEW v AS SELECT x(a) AS a, 'two'::x AS b, 'x'::regtype::text AS c FROM t;

-- rows
INSERT INTO t VALUES (1, 'one');

-- after
DROP INDEX x;
ALTER TYPE x RENAME TO y;
ALTER FUNCTION x RENAME TO z;

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.x RENAME TO y;
-- finding: renames transformable
ALTER FUNCTION dw__app__public.x(dw__app__public.y) RENAME TO z;
-- finding: drops_index transformable
DROP INDEX dw__app__public.x;
