-- Of another type, which has the same attributes.

-- before
CREATE SCHEMA other;
CREATE TYPE pair AS (a int, b text);
CREATE TYPE other.pair AS (a int, b text);
CREATE TABLE t OF pair;

-- rows
INSERT INTO t VALUES (1, 'x');

-- after
ALTER TABLE t OF other.pair;

-- plan
ALTER TABLE dw__app__public.t NOT OF;
ALTER TABLE dw__app__public.t OF dw__app__other.pair;
