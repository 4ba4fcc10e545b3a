-- A varchar with an IN-list becomes text.
-- spelt otherwise: the list is written in another way

-- before
CREATE TABLE t (a varchar(20) DEFAULT 'x' CHECK (a IN ('x', 'y')));
CREATE INDEX t_a ON t (a) WHERE a <> 'x';

-- rows
INSERT INTO t VALUES ('x');

-- after
ALTER TABLE t ALTER a TYPE text;

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE text;
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT 'x'::character varying;
