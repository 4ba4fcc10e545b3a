-- A column that wants a value which no row has.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
ALTER TABLE t ADD a int NOT NULL;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN a integer NOT NULL;
