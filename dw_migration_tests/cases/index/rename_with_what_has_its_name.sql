-- An index gets another name while a type of the same name gets a third.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX x ON t (a);
CREATE TYPE x AS ENUM ('one');
CREATE STATISTICS x ON id, a FROM t;
COMMENT ON INDEX x IS 'of a';
ALTER TABLE t CLUSTER ON x;

-- after
ALTER INDEX x RENAME TO y;
ALTER TYPE x RENAME TO z;
ALTER STATISTICS x RENAME TO w;

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.x RENAME TO z;
ALTER INDEX dw__app__public.x RENAME TO y;
ALTER STATISTICS dw__app__public.x RENAME TO w;
