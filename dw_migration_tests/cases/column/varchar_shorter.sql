-- Less room for text.

-- before
CREATE TABLE t (a varchar(20) DEFAULT 'x', b text);

-- rows
INSERT INTO t VALUES ('a', 'b');

-- after
ALTER TABLE t ALTER a TYPE varchar(10), ALTER b TYPE varchar(5);

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE character varying(10);
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE character varying(5);
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT 'x'::character varying;
