-- More room for text.

-- before
CREATE TABLE t (a varchar(10) DEFAULT 'x', b varchar(5), c char(3));
CREATE INDEX t_a ON t (a varchar_pattern_ops);

-- rows
INSERT INTO t VALUES ('a', 'b', 'c');

-- after
ALTER TABLE t ALTER a TYPE varchar(20), ALTER b TYPE varchar, ALTER c TYPE char(5);

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE character varying(20);
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE character varying;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN c TYPE character(5);
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT 'x'::character varying;
