-- Two tables that refer to one another go together.
-- loses: a, b

-- before
CREATE TABLE x (id int);
CREATE TABLE a (id int PRIMARY KEY, b int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;

-- rows
INSERT INTO a VALUES (1, NULL);
INSERT INTO b VALUES (1, 1);

-- after
DROP TABLE a, b;

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.a DROP CONSTRAINT a_b_fkey;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.b DROP CONSTRAINT b_a_fkey;
-- finding: drops_table breaking
DROP TABLE dw__app__public.a;
-- finding: drops_table breaking
DROP TABLE dw__app__public.b;
