-- A domain gets another name while a sequence of the same name goes.
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE SEQUENCE k;
CREATE DOMAIN k AS integer CONSTRAINT b CHECK (VALUE > 8);
CREATE TABLE t (id int PRIMARY KEY, a k DEFAULT 9);
CREATE FUNCTION f(x k) RETURNS k LANGUAGE sql RETURN x;
COMMENT ON CONSTRAINT b ON DOMAIN k IS 'of a domain';
GRANT USAGE ON TYPE k TO case_reader;

-- rows
INSERT INTO t VALUES (1, 9), (2, 10);

-- after
ALTER DOMAIN k RENAME TO "Kind";
DROP SEQUENCE k;

-- plan
-- finding: renames transformable
ALTER DOMAIN dw__app__public.k RENAME TO kind;
-- finding: drops_type transformable
DROP SEQUENCE dw__app__public.k;
