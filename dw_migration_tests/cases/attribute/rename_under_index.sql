-- An attribute gets another name under an index, a check and a generated column.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE TABLE t (id int PRIMARY KEY, home address);
CREATE INDEX t_zip ON t (((home).zip));
ALTER TABLE t ADD CONSTRAINT zip CHECK ((home).zip > 0);
ALTER TABLE t ADD z int GENERATED ALWAYS AS ((home).zip) STORED;
CREATE STATISTICS s ON id, ((home).zip) FROM t;

-- rows
INSERT INTO t VALUES (1, ROW('High St', 7));

-- after
ALTER TYPE address RENAME ATTRIBUTE zip TO code;

-- plan
-- finding: renames transformable
ALTER TYPE dw__app__public.address RENAME ATTRIBUTE zip TO code;
