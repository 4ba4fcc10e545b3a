-- Attributes added, retyped and dropped: its tables follow, with all rows.
-- loses: t.b, u.b
-- keeps: composite dw__app__public.pair

-- before
CREATE TYPE pair AS (a int, b text, c int);
CREATE TABLE t OF pair (a PRIMARY KEY);
CREATE TABLE u OF pair;
CREATE VIEW v AS SELECT a FROM t;

-- rows
INSERT INTO t VALUES (1, 'x', 2);
INSERT INTO u VALUES (1, 'x', 2);

-- after
DROP VIEW v;
ALTER TYPE pair ADD ATTRIBUTE d date CASCADE, DROP ATTRIBUTE b CASCADE, ALTER ATTRIBUTE a TYPE bigint CASCADE;
CREATE VIEW v AS SELECT a FROM t;

-- plan
ALTER TABLE dw__app__public.t NOT OF;
ALTER TABLE dw__app__public.u NOT OF;
DROP VIEW dw__app__public.v;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN b;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.u DROP COLUMN b;
-- finding: drops_column breaking
-- finding: changes_type transformable
-- finding: alters transformable
ALTER TYPE dw__app__public.pair DROP ATTRIBUTE b, ALTER ATTRIBUTE a TYPE bigint, ADD ATTRIBUTE d date;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE bigint;
ALTER TABLE dw__app__public.t ADD COLUMN d date;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.u ALTER COLUMN a TYPE bigint;
ALTER TABLE dw__app__public.u ADD COLUMN d date;
-- finding: changes_view transformable
CREATE VIEW dw__app__public.v (a) AS
 SELECT a
   FROM dw__app__public.t;
ALTER TABLE dw__app__public.t OF dw__app__public.pair;
ALTER TABLE dw__app__public.u OF dw__app__public.pair;
