-- A column is renamed, and a constraint of its old name keeps that.

-- before
CREATE TABLE t (id int PRIMARY KEY, email text CONSTRAINT email UNIQUE, n int CONSTRAINT other CHECK (n > 0));
CREATE TABLE w (id int PRIMARY KEY);
COMMENT ON CONSTRAINT email ON t IS 'e';

-- rows
INSERT INTO t VALUES (1, 'x', 2);

-- after
ALTER TABLE t RENAME email TO mail;
ALTER TABLE t RENAME n TO other;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN email TO mail;
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME COLUMN n TO other;
