-- An identity column is added to a table with rows.

-- before
CREATE TABLE t (n int);

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER TABLE t ADD id int GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5);

-- plan
-- finding: volatile_default transformable
ALTER TABLE dw__app__public.t ADD COLUMN id integer GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5) NOT NULL;
