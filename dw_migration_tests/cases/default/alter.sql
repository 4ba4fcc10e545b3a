-- A default becomes another.

-- before
CREATE TABLE t (a int DEFAULT 1, b text DEFAULT 'x');

-- rows
INSERT INTO t VALUES (1, 'y');

-- after
ALTER TABLE t ALTER a SET DEFAULT 2, ALTER b SET DEFAULT upper('x');

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT 2;
ALTER TABLE dw__app__public.t ALTER COLUMN b SET DEFAULT upper('x'::text);
