-- Three tables in a ring go together, and a fourth that refers into it stays.

-- before
CREATE TABLE a (id int PRIMARY KEY, r int);
CREATE TABLE b (id int PRIMARY KEY, r int REFERENCES a);
CREATE TABLE c (id int PRIMARY KEY, r int REFERENCES b, self int REFERENCES c);
CREATE TABLE d (id int PRIMARY KEY, r int REFERENCES c);
ALTER TABLE a ADD FOREIGN KEY (r) REFERENCES c;

-- rows
INSERT INTO d VALUES (1, NULL);

-- after
DROP TABLE a, b, c CASCADE;

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.a DROP CONSTRAINT a_r_fkey;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.b DROP CONSTRAINT b_r_fkey;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.c DROP CONSTRAINT c_r_fkey;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.d DROP CONSTRAINT d_r_fkey;
-- finding: drops_table breaking
DROP TABLE dw__app__public.a;
-- finding: drops_table breaking
DROP TABLE dw__app__public.b;
-- finding: drops_table breaking
DROP TABLE dw__app__public.c;
