-- A narrower number.

-- before
CREATE TABLE t (id bigint PRIMARY KEY, n bigint DEFAULT 5);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t ALTER id TYPE int, ALTER n TYPE smallint;

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN n DROP DEFAULT;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN id TYPE integer;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN n TYPE smallint;
ALTER TABLE dw__app__public.t ALTER COLUMN n SET DEFAULT 5;
