-- A table goes to which a foreign key leads.
-- no way back: the foreign key misses the rows that went

-- before
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);

-- rows
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (1, 1);

-- after
DROP TABLE a CASCADE;

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.b DROP CONSTRAINT b_a_fkey;
-- finding: drops_table breaking
DROP TABLE dw__app__public.a;
