-- A column gets another name and another type.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 1 CHECK (a > 0));
CREATE INDEX t_a ON t (a) WHERE a > 5;

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t RENAME a TO b;
ALTER TABLE t ALTER b TYPE numeric(10, 2);

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN a TO b;
DROP INDEX dw__app__public.t_a;
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_a_check;
ALTER TABLE dw__app__public.t ALTER COLUMN b DROP DEFAULT;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE numeric(10,2);
ALTER TABLE dw__app__public.t ALTER COLUMN b SET DEFAULT 1;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_a_check CHECK ((b > (0)::numeric));
-- finding: alters transformable
CREATE INDEX t_a ON dw__app__public.t USING btree (b) WHERE (b > (5)::numeric);
