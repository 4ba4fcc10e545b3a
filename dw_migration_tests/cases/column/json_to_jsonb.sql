-- Json becomes jsonb.

-- before
CREATE TABLE t (a json DEFAULT '{}', b text);

-- rows
INSERT INTO t VALUES ('{"a": 1}', '{"b": 2}');

-- after
ALTER TABLE t ALTER a TYPE jsonb, ALTER b TYPE jsonb USING b::jsonb;

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE jsonb USING a::jsonb;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE jsonb USING b::jsonb;
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT '{}'::json;
